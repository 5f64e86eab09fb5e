import { alternate, type Contender, type Results, type Round } from '../harness/alternate.ts';
import type { BenchContext, BenchRow } from '../harness/bench-row.ts';
import { type Check, type Line, ratioCheck } from '../harness/line.ts';
import { resultsLine } from '../harness/results-line.ts';
import { orderEnvelopes, orderMessage } from '../outbox/order-message.ts';
import { BossQueue } from './boss-queue.ts';
import { fillGraphile, graphileRound, installGraphile } from './graphile-queue.ts';
import { HandWrittenQueue } from './hand-written-queue.ts';
import { PostgresQueue, QUEUE } from './postgres-queue.ts';
import { readQueues } from './read-queue.ts';

const BOSS = 'pg-boss, fetch and complete by 500, 4 loops';
const GRAPHILE = 'graphile-worker, local queue of 500, completions together';
const CONNECTIONS = [1, 4];

interface Setup {
  readonly queue: PostgresQueue;
  readonly hand: HandWrittenQueue;
  readonly boss: BossQueue;
  readonly count: number;
}

/** Our durable queue against hand-written SQL, and against libraries used as a queue. */
export const sqlConsume: BenchRow = {
  name: 'sql-consume',
  title: 'pull + ack, bodies of 512 bytes, PostgreSQL',
  server: 'PostgreSQL',
  run: async (context) => {
    const queue = await PostgresQueue.create(context);
    const hand = await HandWrittenQueue.create(queue.database.pool({ max: 4, pipeline: true }));
    const boss = await BossQueue.create(queue.database.url, 4);
    await installGraphile(queue.database.url);
    try {
      return await compare(context, { queue, hand, boss, count: context.quick ? 1_000 : 20_000 });
    } finally {
      await boss.stop();
      await queue.drop();
    }
  },
};

async function compare(context: BenchContext, setup: Setup): Promise<readonly Line[]> {
  const contenders: readonly Contender[] = [
    ...CONNECTIONS.flatMap((connections): readonly Contender[] => [
      { name: handName(connections), round: () => handWrittenRound(setup, (hand) => hand.consume(connections)) },
      {
        name: leaseName(connections),
        round: () => handWrittenRound(setup, (hand) => hand.consumeByLease(connections)),
      },
      { name: ourName(connections), round: () => ourRound(setup, { connections, batchSize: 100 }) },
    ]),
    { name: BOSS, round: () => bossRound(setup) },
    { name: GRAPHILE, round: () => viaGraphile(setup) },
  ];
  const results = await alternate(contenders, context);
  return contenders.map(({ name }) => resultsLine(results, { name, checks: checksOf(results, name) }));
}

function checksOf(results: Results, name: string): readonly Check[] {
  const connections = CONNECTIONS.find((number) => name === ourName(number));
  if (connections === undefined) return [];
  return [
    ratioCheck('× hand-written', results.ratio(name, handName(connections)), { least: 0.85 }),
    ratioCheck('× hand-written with a lease', results.ratio(name, leaseName(connections))),
    ratioCheck('× pg-boss', results.ratio(name, BOSS), { least: 1.3 }),
    ratioCheck('× graphile-worker', results.ratio(name, GRAPHILE), { least: 1.3 }),
  ];
}

function handName(connections: number): string {
  return `${label(connections)}: hand-written, skip locked + delete, batches of 100`;
}

function leaseName(connections: number): string {
  return `${label(connections)}: hand-written, update … returning of a lease, then delete, batches of 100`;
}

function ourName(connections: number): string {
  return `${label(connections)}: SqlTransport, pulls of 100`;
}

function label(connections: number): string {
  return connections === 1 ? '1 connection' : `${connections} connections`;
}

type Consume = (hand: HandWrittenQueue) => Promise<number>;

async function handWrittenRound({ queue, hand, count }: Setup, consume: Consume): Promise<Round> {
  await hand.empty();
  const envelopes = orderEnvelopes(count, () => undefined);
  for (let done = 0; done < count; done += 1_000) await hand.publish(envelopes.slice(done, done + 1_000));
  await queue.settle('hand_written');
  const meter = queue.meter();
  meter.start();
  const bytes = await consume(hand);
  const reading = meter.stop();
  const sent = envelopes.reduce((sum, { body }) => sum + body.byteLength, 0);
  if (bytes !== sent) throw new Error(`${bytes} bytes came where ${sent} were sent.`);
  return { ...reading, count };
}

interface Way {
  readonly connections: number;
  readonly batchSize: number;
}

async function ourRound({ queue, count }: Setup, { connections, batchSize }: Way): Promise<Round> {
  const transport = queue.transport(connections);
  const readers = Array.from({ length: connections }, () => transport.reader(QUEUE));
  // Connects and looks at the tables, so that this is not measured.
  await Promise.all(readers.map((reader) => reader.pull(1, { waitMs: 0 })));
  await queue.fill({ count });
  await queue.settle();
  const meter = queue.meter();
  meter.start();
  await readQueues(readers, { count, batchSize });
  const reading = meter.stop();
  await transport.close();
  return { ...reading, count };
}

async function bossRound({ queue, boss, count }: Setup): Promise<Round> {
  await boss.fill(count, orderMessage(1).data as object);
  await queue.settle('pgboss.job_common');
  const meter = queue.meter();
  meter.start();
  const taken = await boss.consume(4);
  const reading = meter.stop();
  if (taken !== count) throw new Error(`pg-boss worked off ${taken} jobs where ${count} waited.`);
  return { ...reading, count };
}

async function viaGraphile({ queue, count }: Setup): Promise<Round> {
  await fillGraphile(queue.pool, count, orderMessage(1).data as object);
  return graphileRound({
    connectionString: queue.database.url,
    meter: queue.meter(),
    count,
    concurrency: 10,
    handle: async () => {},
  });
}
