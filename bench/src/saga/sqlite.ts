import { alternate, type Contender, type Results } from '../harness/alternate.ts';
import type { BenchContext, BenchRow } from '../harness/bench-row.ts';
import { type Check, type Line, ratioCheck } from '../harness/line.ts';
import { Meter } from '../harness/meter.ts';
import { resultsLine } from '../harness/results-line.ts';
import type { Synchronous } from '../inbox/sqlite-inbox-file.ts';
import { TURN_SECONDS, TURNS_PER_ROUND, timedTurn } from '../inbox/timed-turn.ts';
import type { Way } from '../inbox/way.ts';
import { BY_HAND, BY_HAND_50, sqliteHandWrittenWays } from './sqlite-hand-written-ways.ts';
import { SqliteSagaFile } from './sqlite-saga-file.ts';
import { SAGA, SAGA_50, sqliteSagaWays } from './sqlite-saga-ways.ts';
import { WorkflowFeed } from './workflow-feed.ts';

/** The least workflows that are begun in a turn. */
const PREPARED = 1_000;

/** Transitions on SQLite, in WAL mode. */
export const sqlite: BenchRow = {
  name: 'sqlite',
  title: 'an event, its record, the instance, its history and a message out in one transaction, SQLite',
  run: async (context) => [...(await compare(context, 'full')), ...(await compare(context, 'normal'))],
};

async function compare(context: BenchContext, synchronous: Synchronous): Promise<readonly Line[]> {
  const file = await SqliteSagaFile.create(synchronous);
  const counts = { ours: 0, byHand: 0 };
  try {
    const contenders = [
      ...sqliteHandWrittenWays(file.db).map((way) => ({ way, side: 'byHand' as const })),
      ...sqliteSagaWays(file).map((way) => ({ way, side: 'ours' as const })),
    ].map(({ way, side }) =>
      contender(way, context, (transitions) => {
        counts[side] += transitions;
        // So that nobody pays for what another one wrote.
        file.db.pragma('wal_checkpoint(truncate)');
      }),
    );
    const results = await alternate(contenders, {
      warmUps: context.warmUps,
      rounds: context.quick ? 1 : context.rounds * TURNS_PER_ROUND,
    });
    file.expectTransitions(counts);
    return linesOf(results, synchronous);
  } finally {
    file.drop();
  }
}

function contender(way: Way, context: BenchContext, afterTurn: (transitions: number) => void): Contender {
  const feed = new WorkflowFeed(way);
  return {
    name: way.name,
    round: async () => {
      feed.prepare(PREPARED);
      const round = await timedTurn({
        meter: new Meter(null),
        seconds: context.quick ? TURN_SECONDS / 4 : TURN_SECONDS,
        concurrency: 1,
        step: () => feed.step(),
      });
      afterTurn(round.count);
      return round;
    },
  };
}

const counterparts: Readonly<Record<string, string>> = { [SAGA]: BY_HAND, [SAGA_50]: BY_HAND_50 };

function linesOf(results: Results, synchronous: Synchronous): readonly Line[] {
  return [BY_HAND, SAGA, BY_HAND_50, SAGA_50].map((name) => {
    const counterpart = counterparts[name];
    const checks: readonly Check[] =
      counterpart === undefined ? [] : [ratioCheck('× its hand-written counterpart', results.ratio(name, counterpart))];
    return {
      ...resultsLine(results, { name, unit: 'transitions/s', checks }),
      what: `synchronous = ${synchronous}: ${name}`,
    };
  });
}
