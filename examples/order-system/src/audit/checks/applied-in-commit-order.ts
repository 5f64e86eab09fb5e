import type { SqliteHandle } from '../../sqlite/open-database.ts';
import { orderPromiseOf } from '../../transport/transport-promises.ts';
import { CONSUMERS, type ConsumerFacts } from '../consumer-facts.ts';
import { type Check, numberOf, Violations } from '../invariant.ts';
import { SENT_MESSAGES } from '../sent-messages.ts';

/** Per sender and key, messages arrived for the first time in the order in which they were committed. */
export const appliedInCommitOrder: Check = (db) => inCommitOrder(CONSUMERS, db);

/** Of these consumers only, when others have several processes. */
export function inCommitOrder(consumers: readonly ConsumerFacts[], db: SqliteHandle): ReturnType<Check> {
  const ordered = consumers.filter(({ isConcurrent = false }) => !isConcurrent);
  const violations = new Violations();
  for (const { name, schema } of ordered) {
    violations.query(
      db,
      `messages before an earlier one of their order at ${name}`,
      `select id from (
         select a.id, s.position, max(s.position) over (partition by s.source, s.key order by a.sequence) as latest
         from ${schema}.applied_message a join ${SENT_MESSAGES} s using (id)
       ) where position < latest`,
    );
  }
  for (const { name, schema } of CONSUMERS) {
    violations.query(
      db,
      `messages with another key than their order at ${name}`,
      `select id from ${schema}.applied_message a join ${SENT_MESSAGES} s using (id) where a.key is not s.key`,
    );
  }
  const keys = numberOf(db, `select count(distinct key) from ${SENT_MESSAGES}`);
  return violations.invariant(
    'per order, messages arrived first in commit order',
    `${keys.toLocaleString('en')} keys, ${ordered.length} consumers; ${orderPromise(db)}`,
  );
}

/** Why it may be expected. */
function orderPromise(db: SqliteHandle): string {
  const transport = db.prepare<[], string>('select transport from intake').pluck().get();
  return transport === undefined ? 'transport unknown' : `${transport}: ${orderPromiseOf(transport)}`;
}
