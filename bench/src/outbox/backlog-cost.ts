import { alternate, type Contender, type Round } from '../harness/alternate.ts';
import type { BenchContext, BenchRow } from '../harness/bench-row.ts';
import type { Line } from '../harness/line.ts';
import { sumOf } from '../harness/meter.ts';
import { resultsLine } from '../harness/results-line.ts';
import { ratioOf } from '../harness/summary.ts';
import { CountingPublisher } from './counting-publisher.ts';
import { PostgresOutbox } from './postgres-outbox.ts';

/** Messages that arrive at once at the tail. */
const ARRIVING = 1_000;

interface Log {
  readonly outbox: PostgresOutbox;
  readonly rows: number;
}

/** Whether a message costs more when many wait before it, or when many that were relayed are still there. */
export const backlogCost: BenchRow = {
  name: 'backlog-cost',
  title: 'cost per message when many wait, and when many are retained, PostgreSQL',
  run: async (context) => {
    const sizes = context.quick ? [1_000, 5_000] : [1_000, 100_000, 3_000_000, ...(context.large ? [10_000_000] : [])];
    const logs: Log[] = [];
    try {
      for (const rows of sizes) logs.push(await filled(context, rows));
      return await compare(logs, context);
    } finally {
      for (const { outbox } of logs) await outbox.drop();
    }
  },
};

async function filled(context: BenchContext, rows: number): Promise<Log> {
  const outbox = await PostgresOutbox.create(context);
  await outbox.fill({ count: rows, keys: 0 });
  await outbox.settle();
  return { outbox, rows };
}

async function compare(logs: readonly Log[], context: BenchContext): Promise<readonly Line[]> {
  const [smallest, ...larger] = logs;
  if (smallest === undefined) return [];
  const measured = context.quick ? 1_000 : 20_000;
  const contenders = [
    ...logs.map((log): Contender => ({ name: tailName(log), round: () => tailRound(log, measured) })),
    ...larger.map((log): Contender => ({ name: backlogName(log), round: () => backlogRound(log, measured) })),
  ];
  const results = await alternate(contenders, context);
  const base = tailName(smallest);
  return contenders.map(({ name }) => {
    if (name === base) return resultsLine(results, { name });
    const time = ratioOf(results.perSecond(base).samples, results.perSecond(name).samples);
    const server = ratioOf(results.serverMicros(name)?.samples ?? [], results.serverMicros(base)?.samples ?? []);
    return resultsLine(results, {
      name,
      checks: [
        {
          of: '× the time per message of the first line',
          value: time.median,
          spread: time.spread,
          target: { most: 1.1 },
        },
        { of: '× its PostgreSQL CPU per message', value: server.median, spread: server.spread, target: { most: 1.1 } },
      ],
    });
  });
}

function tailName({ rows }: Log): string {
  return `1,000 arrive at a time, ${rows.toLocaleString('en-US')} relayed ones retained`;
}

function backlogName({ rows }: Log): string {
  return `${rows.toLocaleString('en-US')} wait`;
}

/** Messages arrive by the thousand; measured from the moment at which they are there to the last one's publishing. */
async function tailRound({ outbox, rows }: Log, measured: number): Promise<Round> {
  if (rows <= ARRIVING) await outbox.pool.query('truncate holdfast_outbox_log');
  if (rows <= ARRIVING) await outbox.fill({ count: rows, keys: 0 });
  await outbox.skipAll();
  const publisher = new CountingPublisher(Number.POSITIVE_INFINITY);
  const relay = outbox.relay(publisher);
  relay.start();
  const readings = [];
  const warmUp = 3;
  for (let batch = 1; batch <= warmUp + measured / ARRIVING; batch += 1) {
    const meter = outbox.meter();
    await outbox.fill({ count: ARRIVING, keys: 0 });
    meter.start();
    outbox.store.wakeUp.signal();
    await publisher.reached(batch * ARRIVING);
    if (batch > warmUp) readings.push(meter.stop());
  }
  await relay.stop();
  return { ...sumOf(readings), count: readings.length * ARRIVING };
}

/** A part of what waits, from the 2,000th message on: what starting costs is not of interest here. */
async function backlogRound({ outbox, rows }: Log, measured: number): Promise<Round> {
  await outbox.rewind();
  const from = Math.min(2_000, rows / 5);
  const publisher = new CountingPublisher(from + measured);
  const relay = outbox.relay(publisher);
  const meter = outbox.meter();
  relay.start();
  await publisher.reached(from);
  meter.start();
  await publisher.reached(from + measured);
  const reading = meter.stop();
  await relay.stop({ deadlineMs: 1 });
  return { ...reading, count: measured };
}
