import type { BenchContext, BenchRow } from '../harness/bench-row.ts';
import { type Check, type Line, ratioCheck } from '../harness/line.ts';
import { Meter } from '../harness/meter.ts';
import { resultsLine } from '../harness/results-line.ts';
import { SqliteInboxFile, type Synchronous } from './sqlite-inbox-file.ts';
import { sqliteInboxWays } from './sqlite-inbox-ways.ts';
import { BY_HAND, BY_HAND_100, sqliteHandWrittenWays, TRANSACTION, TRANSACTION_100 } from './sqlite-ways.ts';
import { takeTurns } from './take-turns.ts';

/** The same on SQLite, in WAL mode. */
export const sqlite: BenchRow = {
  name: 'sqlite',
  title: 'one insert per message, messages in memory, SQLite',
  run: async (context) => [...(await compare(context, 'full')), ...(await compare(context, 'normal'))],
};

async function compare(context: BenchContext, synchronous: Synchronous): Promise<readonly Line[]> {
  const file = await SqliteInboxFile.create(synchronous);
  try {
    const ways = [...sqliteHandWrittenWays(file.db), ...sqliteInboxWays(file)];
    let handled = 0;
    const results = await takeTurns(ways, {
      context,
      meter: () => new Meter(null),
      most: { single: 8_000, batched: 30_000 },
      afterTurn: (count) => {
        handled += count;
        // So that nobody pays for what another one wrote.
        file.db.pragma('wal_checkpoint(truncate)');
      },
    });
    file.expectCharges(handled);
    return ways.map(({ name, batch }) => {
      const [raw, byHand] = batch === 1 ? [TRANSACTION, BY_HAND] : [TRANSACTION_100, BY_HAND_100];
      const against = (base: string): readonly Check[] =>
        name === base || name === raw ? [] : [ratioCheck(`× "${base}"`, results.ratio(name, base))];
      const line = resultsLine(results, { name, checks: [...against(raw), ...against(byHand)] });
      return { ...line, what: `synchronous = ${synchronous}: ${name}` };
    });
  } finally {
    file.drop();
  }
}
