import { alternate, type Contender, type Results, type Round } from '../harness/alternate.ts';
import type { BenchContext, BenchRow } from '../harness/bench-row.ts';
import { type Check, type Line, ratioCheck } from '../harness/line.ts';
import { type Reading, sumOf } from '../harness/meter.ts';
import { resultsLine } from '../harness/results-line.ts';
import { ratioOf } from '../harness/summary.ts';
import { type FillQueueOptions, PostgresQueue, QUEUE } from './postgres-queue.ts';
import { readQueue } from './read-queue.ts';

const BATCH = 100;
/** Messages that are pulled and acked before as many are added again. */
const PORTION = 1_000;
/** The same where a pull brings one message. */
const SMALL_PORTION = 50;
const PORTIONS = 5;

/** A queue in some state that must not matter. */
interface State {
  readonly name: string;
  /** What its cost is compared with. */
  readonly base: string;
  readonly queue: PostgresQueue;
  /** What is pulled at a time, and then added again. */
  readonly portion: Required<FillQueueOptions>;
}

/** Whether a pull costs more when much waits, when much was there, or when there are many keys. */
export const sqlPullCost: BenchRow = {
  name: 'sql-pull-cost',
  title: 'cost of pull + ack by 100 in queues of different states, PostgreSQL',
  server: 'PostgreSQL',
  run: async (context) => {
    const states: State[] = [];
    try {
      for (const make of plans(context)) states.push(await make());
      return await compare(states, context);
    } finally {
      for (const { queue } of states) await queue.drop();
    }
  },
};

function plans(context: BenchContext): readonly (() => Promise<State>)[] {
  const backlogs = context.quick ? [1_000, 5_000] : [1_000, 100_000, 1_000_000];
  const keys = context.quick ? [100, 1, 1_000] : [100, 1, 10_000, 100_000];
  const finished = context.quick ? 5_000 : 200_000;
  const waiting = context.quick ? 5_000 : 100_000;
  return [
    ...backlogs.map((count) => () => withBacklog(context, count)),
    () => withFinished(context, finished),
    ...keys.map((number) => () => withKeys(context, { keys: number, count: waiting })),
  ];
}

const SMALL_BACKLOG = backlogName(1_000);
const FEW_KEYS = keysName(100);
const ONE_KEY = keysName(1);

function backlogName(count: number): string {
  return `${count.toLocaleString('en-US')} wait`;
}

function keysName(keys: number): string {
  if (keys === 1) return 'order per key, 1 key: a pull brings 1 message';
  return `order per key, ${keys.toLocaleString('en-US')} keys`;
}

async function withBacklog(context: BenchContext, count: number): Promise<State> {
  const queue = await PostgresQueue.create(context);
  await queue.fill({ count });
  await queue.settle();
  return { name: backlogName(count), base: SMALL_BACKLOG, queue, portion: { count: PORTION, keys: 0 } };
}

/** Settled messages whose rows cannot be removed yet, because a transaction that began before is still open. */
async function withFinished(context: BenchContext, count: number): Promise<State> {
  const queue = await PostgresQueue.create(context);
  await queue.fill({ count });
  await queue.settle();
  const holder = await queue.database.pool({ max: 1, idleTimeoutMillis: 0 }).connect();
  await holder.query('begin isolation level repeatable read');
  await holder.query('select 1 from holdfast_queue_message limit 1');
  const transport = queue.transport(2);
  await readQueue(transport.reader(QUEUE), { count, batchSize: 1_000 });
  await transport.close();
  await queue.fill({ count: PORTION });
  await queue.settle();
  // It stays in its transaction until the database is dropped.
  holder.release();
  const name = `1,000 wait behind ${count.toLocaleString('en-US')} finished ones under an open transaction`;
  return { name, base: SMALL_BACKLOG, queue, portion: { count: PORTION, keys: 0 } };
}

async function withKeys(context: BenchContext, { keys, count }: Required<FillQueueOptions>): Promise<State> {
  const queue = await PostgresQueue.create(context, 'key');
  await queue.fill({ count, keys });
  await queue.settle();
  const portion = keys === 1 ? SMALL_PORTION : PORTION;
  return { name: keysName(keys), base: FEW_KEYS, queue, portion: { count: portion, keys } };
}

async function compare(states: readonly State[], context: BenchContext): Promise<readonly Line[]> {
  const contenders = states.map((state): Contender => ({ name: state.name, round: () => pullRound(state) }));
  const results = await alternate(contenders, context);
  return states.map((state) => resultsLine(results, { name: state.name, checks: checksOf(results, state) }));
}

function checksOf(results: Results, { name, base }: State): readonly Check[] {
  if (name === base) return [];
  if (name === ONE_KEY) return [pullCheck(results)];
  const time = ratioOf(results.perSecond(base).samples, results.perSecond(name).samples);
  const server = ratioOf(results.serverMicros(name)?.samples ?? [], results.serverMicros(base)?.samples ?? []);
  return [
    ratioCheck(`× the time per message of "${base}"`, time, { most: 1.1 }),
    ratioCheck('× its PostgreSQL CPU per message', server, { most: 1.1 }),
  ];
}

/** A pull of one message must not cost more than one of a hundred. */
function pullCheck(results: Results): Check {
  const full = results.perSecond(FEW_KEYS).samples.map((rate) => rate / BATCH);
  return ratioCheck(`× the time per pull of "${FEW_KEYS}"`, ratioOf(full, results.perSecond(ONE_KEY).samples), {
    most: 1,
  });
}

/** What was taken is replaced, outside of what is measured, so that as much waits as before. */
async function pullRound({ queue, portion }: State): Promise<Round> {
  const transport = queue.transport(1);
  const reader = transport.reader(QUEUE);
  const pull = () => readQueue(reader, { count: portion.count, batchSize: BATCH });
  const readings: Reading[] = [];
  // Connects, looks at the tables and makes its plans, so that this is not measured.
  await pull();
  await queue.fill(portion);
  for (let number = 0; number < PORTIONS; number += 1) {
    const meter = queue.meter();
    meter.start();
    await pull();
    readings.push(meter.stop());
    await queue.fill(portion);
  }
  await transport.close();
  return { ...sumOf(readings), count: PORTIONS * portion.count };
}
