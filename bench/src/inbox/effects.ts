import { randomUUID } from 'node:crypto';
import { alternate, type Contender, type Results } from '../harness/alternate.ts';
import type { BenchContext, BenchRow } from '../harness/bench-row.ts';
import { type Check, type Line, ratioCheck } from '../harness/line.ts';
import { resultsLine } from '../harness/results-line.ts';
import { BY_HAND, type EffectWay, handWrittenJournal, handWrittenJournalTable } from './effect-ways.ts';
import { InboxDatabase } from './inbox-database.ts';
import { journalWays } from './journal-ways.ts';
import { TURN_SECONDS, TURNS_PER_ROUND, timedTurn } from './timed-turn.ts';

const CONNECTIONS = 8;

/** What the journal adds to a call that goes outside. */
export const effects: BenchRow = {
  name: 'effects',
  title: 'a call outside that answers at once, journalled, PostgreSQL',
  server: 'PostgreSQL',
  run: async (context) => {
    const database = await InboxDatabase.create(context);
    try {
      await database.run(handWrittenJournalTable);
      const pool = database.pool({ max: CONNECTIONS });
      const ways = [handWrittenJournal(pool), ...(await journalWays(pool))];
      return [
        ...(await compare({ database, ways, concurrency: 1 }, context)),
        ...(await compare({ database, ways, concurrency: CONNECTIONS }, context)),
      ];
    } finally {
      await database.drop();
    }
  },
};

interface Comparison {
  readonly database: InboxDatabase;
  readonly ways: readonly EffectWay[];
  readonly concurrency: number;
}

async function compare({ database, ways, concurrency }: Comparison, context: BenchContext): Promise<readonly Line[]> {
  const seconds = context.quick ? TURN_SECONDS / 4 : TURN_SECONDS;
  const contenders = ways.map(
    ({ name, perform }): Contender => ({
      name,
      round: () =>
        timedTurn({
          meter: database.meter(),
          seconds,
          concurrency,
          step: async () => {
            await perform(randomUUID());
            return 1;
          },
        }),
    }),
  );
  const results = await alternate(contenders, {
    warmUps: context.warmUps,
    rounds: context.quick ? 1 : context.rounds * TURNS_PER_ROUND,
  });
  return ways.map(({ name }) => ({
    ...resultsLine(results, { name, unit: 'calls/s', checks: checksOf(results, name) }),
    what: `${concurrency} at a time: ${name}`,
  }));
}

function checksOf(results: Results, name: string): readonly Check[] {
  return name === BY_HAND ? [] : [ratioCheck('× hand-written', results.ratio(name, BY_HAND))];
}
