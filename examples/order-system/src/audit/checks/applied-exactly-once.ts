import type { ConsumerFacts } from '../consumer-facts.ts';
import { typeList } from '../consumer-facts.ts';
import { type Check, numberOf, Violations } from '../invariant.ts';

/** Every message that was committed had its effect once at a consumer (F4.4, F5.1, F9.2): compared id by id. */
export function appliedExactlyOnce(consumer: ConsumerFacts): Check {
  const { name, effects } = consumer;
  return (db) => {
    const violations = new Violations()
      .query(
        db,
        'messages lost',
        `select s.id from sent_message s where s.type in (${typeList(consumer)}) and not exists
           (select 1 from ${name}.applied_message a where a.id = s.id)`,
      )
      .query(
        db,
        'messages that nobody sent',
        `select a.id from ${name}.applied_message a where not exists
           (select 1 from sent_message s where s.id = a.id and s.type = a.type)`,
      )
      .query(
        db,
        'messages applied more than once',
        `select id from ${name}.applied_message group by id having count(*) > 1`,
      )
      .query(
        db,
        'messages applied without a record in the inbox',
        `select a.id from ${name}.applied_message a where not exists
           (select 1 from ${name}.holdfast_inbox r where r.consumer = '${name}' and r.source = '/orders' and r.id = a.id)`,
      )
      .query(
        db,
        'records in the inbox without an effect',
        `select r.id from ${name}.holdfast_inbox r where not exists
           (select 1 from ${name}.applied_message a where a.id = r.id and r.consumer = '${name}' and r.source = '/orders')`,
      );
    if (effects !== null) {
      violations
        .query(
          db,
          'messages whose effect is not there once',
          `select a.id from ${name}.applied_message a left join ${name}.${effects} e on e.message_id = a.id
           group by a.sequence having count(e.message_id) <> 1`,
        )
        .query(
          db,
          'effects without a message',
          `select e.message_id from ${name}.${effects} e where not exists
             (select 1 from ${name}.applied_message a where a.id = e.message_id)`,
        );
    }
    const applied = numberOf(db, `select count(*) from ${name}.applied_message`);
    const records = numberOf(db, `select count(*) from ${name}.holdfast_inbox`);
    return violations.invariant(
      `${name} applied every message exactly once`,
      `${applied.toLocaleString('en')} applied, ${records.toLocaleString('en')} records in its inbox`,
    );
  };
}
