import type { SqliteHandle } from '../../sqlite/open-database.ts';
import { orderPromiseOf } from '../../transport/transport-promises.ts';
import { CONSUMERS } from '../consumer-facts.ts';
import { type Check, numberOf, Violations } from '../invariant.ts';

/** Per key, messages arrived for the first time in the order in which they were committed. */
export const appliedInCommitOrder: Check = (db) => {
  const violations = new Violations();
  for (const { name } of CONSUMERS) {
    violations.query(
      db,
      `messages before an earlier one of their order at ${name}`,
      `select id from (
         select a.id, s.position, max(s.position) over (partition by s.order_id order by a.sequence) as latest
         from ${name}.applied_message a join sent_message s using (id)
       ) where position < latest`,
    );
    violations.query(
      db,
      `messages with another key than their order at ${name}`,
      `select id from ${name}.applied_message a join sent_message s using (id) where a.key is not s.order_id`,
    );
  }
  const keys = numberOf(db, 'select count(distinct order_id) from sent_message');
  return violations.invariant(
    'per order, messages arrived first in commit order',
    `${keys.toLocaleString('en')} orders, ${CONSUMERS.length} consumers; ${orderPromise(db)}`,
  );
};

/** Why it may be expected. */
function orderPromise(db: SqliteHandle): string {
  const transport = db.prepare<[], string>('select transport from intake').pluck().get();
  return transport === undefined ? 'transport unknown' : `${transport}: ${orderPromiseOf(transport)}`;
}
