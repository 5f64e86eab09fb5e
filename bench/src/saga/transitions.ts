import type { AnySagaDefinition } from '@holdfast/saga';
import { alternate, type Contender, type Results } from '../harness/alternate.ts';
import type { BenchContext, BenchRow } from '../harness/bench-row.ts';
import { type Check, type Line, ratioCheck } from '../harness/line.ts';
import { resultsLine } from '../harness/results-line.ts';
import { TURNS_PER_ROUND, timedTurn } from '../inbox/timed-turn.ts';
import type { Way } from '../inbox/way.ts';
import { BY_HAND, BY_HAND_PIPELINED, handWritten, handWrittenPipelined } from './hand-written-ways.ts';
import { orderSaga, timedOrderSaga } from './order-saga.ts';
import { SagaDatabase } from './saga-database.ts';
import { SAGA, sagaWay } from './saga-ways.ts';
import { WorkflowFeed } from './workflow-feed.ts';

const CONCURRENCIES = [1, 10, 50];
const TURN_SECONDS = 0.2;
/** Until the code is compiled: there is more of ours. */
const FIRST_WARM_UPS = 15;
/** More than are begun in a turn. */
const PREPARED = 200;

export interface TransitionsOptions {
  readonly name: string;
  readonly title: string;
  readonly definition: AnySagaDefinition;
  readonly timers: boolean;
}

/** An event in; instance, history, inbox record and a message out in one transaction. */
export const transitions = transitionsRow({
  name: 'transitions',
  title: 'an event, its record, the instance, its history and a message out in one transaction, PostgreSQL',
  definition: orderSaga,
  timers: false,
});

/** The same with timeouts. */
export const timedTransitions = transitionsRow({
  name: 'timed-transitions',
  title: 'the same, and each transition sets, resets or cancels a timer, PostgreSQL',
  definition: timedOrderSaga,
  timers: true,
});

function transitionsRow(options: TransitionsOptions): BenchRow {
  const { name, title } = options;
  return {
    name,
    title,
    server: 'PostgreSQL',
    run: async (context) => {
      const database = await SagaDatabase.create(context);
      const counts = { ours: 0, byHand: 0 };
      try {
        const lines: Line[] = [];
        for (const concurrency of CONCURRENCIES) {
          const results = await compare({ context, database, counts, concurrency }, options);
          lines.push(...linesOf(results, concurrency));
        }
        await database.expectTransitions(counts);
        return lines;
      } finally {
        await database.drop();
      }
    },
  };
}

interface Comparison {
  readonly context: BenchContext;
  readonly database: SagaDatabase;
  /** What was done so far, counted on. */
  readonly counts: { ours: number; byHand: number };
  readonly concurrency: number;
}

/** All have as many connections as there are events at a time. */
async function compare(comparison: Comparison, { definition, timers }: TransitionsOptions): Promise<Results> {
  const { context, database, concurrency } = comparison;
  const plain = database.pool({ max: concurrency });
  const pipelined = database.pool({ max: concurrency, pipeline: true });
  try {
    const ways = [
      handWritten({ pool: plain, concurrency, timers }),
      handWrittenPipelined({ pool: pipelined, concurrency, timers }),
      sagaWay({ pool: pipelined, concurrency, definition }),
    ];
    return await alternate(
      ways.map((way) => contender(way, comparison)),
      {
        warmUps: context.warmUps * (concurrency === 1 ? FIRST_WARM_UPS : 2),
        rounds: context.quick ? 1 : context.rounds * TURNS_PER_ROUND,
      },
    );
  } finally {
    await plain.end();
    await pipelined.end();
  }
}

function contender(way: Way, { context, database, counts }: Comparison): Contender {
  const feed = new WorkflowFeed(way);
  return {
    name: way.name,
    round: async () => {
      feed.prepare(PREPARED);
      const round = await timedTurn({
        meter: database.meter(),
        seconds: context.quick ? TURN_SECONDS / 4 : TURN_SECONDS,
        concurrency: way.concurrency,
        step: () => feed.step(),
      });
      counts[way.name === SAGA ? 'ours' : 'byHand'] += round.count;
      return round;
    },
  };
}

function linesOf(results: Results, concurrency: number): readonly Line[] {
  return [BY_HAND, BY_HAND_PIPELINED, SAGA].map((name) => ({
    ...resultsLine(results, { name, unit: 'transitions/s', checks: checksOf(results, name) }),
    what: `${concurrency} at a time: ${name}`,
  }));
}

function checksOf(results: Results, name: string): readonly Check[] {
  if (name === BY_HAND) return [];
  const optimistic = results.ratio(name, BY_HAND);
  if (name === BY_HAND_PIPELINED) return [ratioCheck('× "hand-written"', optimistic)];
  return [
    ratioCheck('× "hand-written"', optimistic, { least: 0.8 }),
    ratioCheck('× "hand-written, pipelined"', results.ratio(name, BY_HAND_PIPELINED)),
  ];
}
