import type { ConsumerFacts } from '../consumer-facts.ts';
import { typeList } from '../consumer-facts.ts';
import { type Check, numberOf, Violations } from '../invariant.ts';

/** Every message that was committed had its effect once at a consumer (F4.4, F5.1): compared id by id. */
export function appliedExactlyOnce(consumer: ConsumerFacts): Check {
  const { name, effects } = consumer;
  return (db) => {
    const violations = new Violations()
      .query(
        db,
        'messages lost',
        `select s.id from sent_message s where s.type in (${typeList(consumer)}) and not exists
           (select 1 from ${name}.applied_message a where a.id = s.id and a.source = '/orders')`,
      )
      .query(
        db,
        'messages that nobody sent',
        `select a.id from ${name}.applied_message a where not exists
           (select 1 from sent_message s where s.id = a.id and s.type = a.type)`,
      );
    if (effects !== null) {
      violations
        .query(
          db,
          'messages whose effect is not there once',
          `select a.id from ${name}.applied_message a left join ${name}.${effects} e on e.message_id = a.id
           group by a.id having count(e.message_id) <> 1`,
        )
        .query(
          db,
          'effects without a message',
          `select e.message_id from ${name}.${effects} e where not exists
             (select 1 from ${name}.applied_message a where a.id = e.message_id)`,
        );
    }
    const applied = numberOf(db, `select count(*) from ${name}.applied_message`);
    const dropped = numberOf(db, `select sum(deliveries - 1) from ${name}.applied_message`);
    return violations.invariant(
      `${name} applied every message exactly once`,
      `${applied.toLocaleString('en')} applied, ${dropped.toLocaleString('en')} duplicates dropped`,
    );
  };
}
