import type pg from 'pg';
import { alternate, type Contender, type Results, type Round } from '../harness/alternate.ts';
import type { BenchDatabase } from '../harness/bench-postgres.ts';
import type { BenchContext, BenchRow } from '../harness/bench-row.ts';
import { type Check, type Line, ratioCheck } from '../harness/line.ts';
import { resultsLine } from '../harness/results-line.ts';
import { timedTurn } from '../inbox/timed-turn.ts';
import type { Way } from '../inbox/way.ts';
import { DbosWorkflows } from './dbos-workflows.ts';
import { BATCH, BY_HAND_50, handWrittenBatch } from './hand-written-batch.ts';
import { BY_HAND, BY_HAND_PIPELINED, handWritten, handWrittenPipelined } from './hand-written-ways.ts';
import { newOrder, type Order, TRANSITIONS } from './order-flow.ts';
import { orderSaga } from './order-saga.ts';
import { SagaDatabase } from './saga-database.ts';
import { SAGA, SAGA_50, sagaBatch, sagaWay } from './saga-ways.ts';
import { WorkflowFeed } from './workflow-feed.ts';

/** What it does besides: each step's request is a row in a table, as it is of all others. */
const DBOS = 'DBOS Transact: three steps, each sends a request by a hand-written outbox insert';
/** Its least: steps that leave nothing behind but their checkpoint. */
const DBOS_ALONE = 'DBOS Transact: three steps that do nothing';
const CONCURRENCIES = [10, 50];
/** Long enough that the end, when fewer and fewer are running, does not count. */
const TURN_SECONDS = 1;
/** More than are begun in a turn. */
const PREPARED = { single: 1_500, batched: 6_000 };

/** Order, payment, stock and delivery: a start and three answers, each with a message out. */
export const workflows: BenchRow = {
  name: 'workflows',
  title: 'a workflow of three steps whose participants answer at once, from its start to its end, PostgreSQL',
  server: 'PostgreSQL',
  run: async (context) => {
    const database = await SagaDatabase.create(context);
    const system = await (await context.postgres()).createDatabase();
    try {
      const lines: Line[] = [];
      const counts = { ours: 0, byHand: 0 };
      for (const concurrency of CONCURRENCIES) {
        const results = await compare({ context, database, system, counts, concurrency });
        lines.push(...linesOf(results, concurrency));
      }
      await database.expectTransitions(counts);
      return lines;
    } finally {
      await system.drop();
      await database.drop();
    }
  },
};

interface Comparison {
  readonly context: BenchContext;
  readonly database: SagaDatabase;
  /** For DBOS. */
  readonly system: BenchDatabase;
  /** Transitions so far, counted on. */
  readonly counts: { ours: number; byHand: number };
  readonly concurrency: number;
}

/** All have as many connections as there are workflows at a time; the batched ones have one. */
async function compare(comparison: Comparison): Promise<Results> {
  const { context, database, system, concurrency } = comparison;
  const plain = database.pool({ max: concurrency });
  const pipelined = database.pool({ max: concurrency, pipeline: true });
  const one = database.pool({ max: 1, pipeline: true });
  const dbos = await DbosWorkflows.launch({ url: system.url, connections: concurrency });
  try {
    const ways = [
      handWritten({ pool: plain, concurrency, timers: false }),
      handWrittenPipelined({ pool: pipelined, concurrency, timers: false }),
      sagaWay({ pool: pipelined, concurrency, definition: orderSaga }),
      handWrittenBatch(one),
      sagaBatch({ pool: one, definition: orderSaga }),
    ];
    return await alternate(
      [
        dbosContender(DBOS, comparison, (order) =>
          dbos.run(order, (what, { orderId }) => request(plain, what, orderId)),
        ),
        dbosContender(DBOS_ALONE, comparison, (order) => dbos.run(order, null)),
        ...ways.map((way) => contender(way, comparison)),
      ],
      { rounds: context.rounds, warmUps: context.warmUps * 2 },
    );
  } finally {
    await dbos.stop();
    for (const pool of [plain, pipelined, one]) await pool.end();
  }
}

function turn(
  { context, database }: Comparison,
  work: { readonly concurrency: number; readonly step: () => Promise<number> },
): Promise<Round> {
  return timedTurn({
    ...work,
    meter: database.meter(),
    seconds: context.quick ? TURN_SECONDS / 10 : TURN_SECONDS,
  });
}

function dbosContender(name: string, comparison: Comparison, run: (order: Order) => Promise<void>): Contender {
  const step = async () => {
    await run(newOrder());
    return 1;
  };
  return { name, round: () => turn(comparison, { concurrency: comparison.concurrency, step }) };
}

async function request(pool: pg.Pool, what: string, orderId: string): Promise<void> {
  await pool.query({
    name: 'dbos_request',
    text: 'insert into dbos_outbox (id, type, key, headers, body) values ($1, $2, $3, $4, $5)',
    values: [crypto.randomUUID(), what, orderId, '{"datacontenttype":"application/json"}', JSON.stringify({ orderId })],
  });
}

function contender(way: Way, comparison: Comparison): Contender {
  const feed = new WorkflowFeed(way);
  const { context, counts } = comparison;
  const ahead = way.batch > 1 ? PREPARED.batched : PREPARED.single;
  return {
    name: way.name,
    round: async () => {
      feed.prepare(context.quick ? ahead / 10 : ahead);
      const round = await turn(comparison, { concurrency: way.concurrency, step: () => feed.run() });
      counts[isOurs(way.name) ? 'ours' : 'byHand'] += round.count * TRANSITIONS;
      return round;
    },
  };
}

function isOurs(name: string): boolean {
  return name === SAGA || name === SAGA_50;
}

function linesOf(results: Results, concurrency: number): readonly Line[] {
  return [DBOS, DBOS_ALONE, BY_HAND, BY_HAND_PIPELINED, SAGA, BY_HAND_50, SAGA_50].map((name) => ({
    ...resultsLine(results, { name, unit: 'workflows/s', checks: checksOf(results, name) }),
    what: `${name.includes(`${BATCH} `) ? 'batched' : `${concurrency} at a time`}: ${name}`,
  }));
}

const targets: Readonly<Record<string, number>> = { [SAGA]: 3, [SAGA_50]: 12 };
const counterparts: Readonly<Record<string, string>> = { [SAGA]: BY_HAND, [SAGA_50]: BY_HAND_50 };

function checksOf(results: Results, name: string): readonly Check[] {
  if (name === DBOS || name === DBOS_ALONE) return [];
  const least = targets[name];
  const counterpart = counterparts[name];
  return [
    ratioCheck('× "DBOS Transact", sending', results.ratio(name, DBOS), least === undefined ? undefined : { least }),
    ratioCheck('× "DBOS Transact", doing nothing', results.ratio(name, DBOS_ALONE)),
    ...(counterpart === undefined
      ? []
      : [ratioCheck('× its hand-written counterpart', results.ratio(name, counterpart))]),
  ];
}
