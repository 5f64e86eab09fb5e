import type { Results } from '../harness/alternate.ts';
import { type Check, ratioCheck } from '../harness/line.ts';
import { BY_HAND_100, BY_HAND_PIPELINED, TRANSACTION, TRANSACTION_10 } from './hand-written-ways.ts';
import { BATCH_BULK, BATCH_KYSELY, BATCH_PG, INBOX, INBOX_10 } from './inbox-ways.ts';

const targets: Readonly<Record<string, number>> = {
  [INBOX]: 0.95,
  [BATCH_PG]: 4,
  [BATCH_KYSELY]: 4,
  [BATCH_BULK]: 10,
};

/** What careful hand-written code of the same kind is. */
const counterparts: Readonly<Record<string, string>> = {
  [INBOX]: BY_HAND_PIPELINED,
  [INBOX_10]: TRANSACTION_10,
  [BATCH_BULK]: BY_HAND_100,
};

/** Everything is held against a transaction for each message, one after the other on one connection. */
export function wayChecks(results: Results, name: string): readonly Check[] {
  if (name === TRANSACTION) return [];
  const least = targets[name];
  const counterpart = counterparts[name];
  return [
    ratioCheck(
      '× "raw: begin, insert, commit"',
      results.ratio(name, TRANSACTION),
      least === undefined ? undefined : { least },
    ),
    ...(counterpart === undefined ? [] : [ratioCheck(`× "${counterpart}"`, results.ratio(name, counterpart))]),
  ];
}
