import type { Results } from '../harness/alternate.ts';
import type { BenchRow } from '../harness/bench-row.ts';
import type { Line } from '../harness/line.ts';
import { resultsLine } from '../harness/results-line.ts';
import { handWrittenWays } from './hand-written-ways.ts';
import { InboxDatabase } from './inbox-database.ts';
import { inboxWays } from './inbox-ways.ts';
import { takeTurns } from './take-turns.ts';
import { wayChecks } from './way-checks.ts';

/** What the database and our code cost, without a broker. */
export const memory: BenchRow = {
  name: 'memory',
  title: 'one insert per message, messages in memory, PostgreSQL',
  server: 'PostgreSQL',
  run: async (context) => {
    const database = await InboxDatabase.create(context);
    try {
      const ways = [...handWrittenWays(database), ...inboxWays(database)];
      let handled = 0;
      const results = await takeTurns(ways, {
        context: { ...context, warmUps: context.warmUps },
        meter: () => database.meter(),
        afterTurn: (count) => {
          handled += count;
        },
      });
      await database.expectCharges(handled);
      return linesOf(
        results,
        ways.map(({ name }) => name),
      );
    } finally {
      await database.drop();
    }
  },
};

export function linesOf(results: Results, names: readonly string[]): readonly Line[] {
  return names.map((name) => resultsLine(results, { name, checks: wayChecks(results, name) }));
}
