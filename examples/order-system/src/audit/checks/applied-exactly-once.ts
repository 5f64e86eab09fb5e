import { type ConsumerFacts, typeList } from '../consumer-facts.ts';
import { type Check, numberOf, Violations } from '../invariant.ts';
import { SENT_MESSAGES } from '../sent-messages.ts';

/** Every message that was committed had its effect once at a consumer (F4.4, F5.1, F9.2): compared id by id. */
export function appliedExactlyOnce(consumer: ConsumerFacts): Check {
  const { name, schema, effects } = consumer;
  return (db) => {
    const violations = new Violations()
      .query(
        db,
        'messages lost',
        `select s.id from ${SENT_MESSAGES} s where s.type in (${typeList(consumer)}) and not exists
           (select 1 from ${schema}.applied_message a where a.id = s.id)`,
      )
      .query(
        db,
        'messages that nobody sent',
        `select a.id from ${schema}.applied_message a where not exists
           (select 1 from ${SENT_MESSAGES} s where s.id = a.id and s.type = a.type)`,
      )
      .query(
        db,
        'messages applied more than once',
        `select id from ${schema}.applied_message group by id having count(*) > 1`,
      )
      .query(
        db,
        'messages applied without a record in the inbox',
        `select a.id from ${schema}.applied_message a where not exists
           (select 1 from ${schema}.holdfast_inbox r where r.consumer = '${name}' and r.id = a.id
              and r.source = (select s.source from ${SENT_MESSAGES} s where s.id = a.id))`,
      )
      .query(
        db,
        'records in the inbox without an effect',
        `select r.id from ${schema}.holdfast_inbox r where not exists
           (select 1 from ${schema}.applied_message a where a.id = r.id and r.consumer = '${name}')`,
      );
    if (effects !== null) addEffects(violations, `${schema}.applied_message`, { db, effects: `${schema}.${effects}` });
    const applied = numberOf(db, `select count(*) from ${schema}.applied_message`);
    const records = numberOf(db, `select count(*) from ${schema}.holdfast_inbox`);
    return violations.invariant(
      `${name} applied every message exactly once`,
      `${applied.toLocaleString('en')} applied, ${records.toLocaleString('en')} records in its inbox`,
    );
  };
}

function addEffects(
  violations: Violations,
  applied: string,
  { db, effects }: { readonly db: Parameters<Check>[0]; readonly effects: string },
): void {
  violations
    .query(
      db,
      'messages whose effect is not there once',
      `select a.id from ${applied} a left join ${effects} e on e.message_id = a.id
       group by a.sequence having count(e.message_id) <> 1`,
    )
    .query(
      db,
      'effects without a message',
      `select e.message_id from ${effects} e where not exists (select 1 from ${applied} a where a.id = e.message_id)`,
    );
}
