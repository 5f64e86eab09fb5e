import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchContext, BenchRow } from '../harness/bench-row.ts';
import { type Line, ratioCheck, type Target } from '../harness/line.ts';
import { quantile, ratioOf, summaryOf } from '../harness/summary.ts';
import { businessTables } from './business-transaction.ts';
import { type LatencySender, type LatencySetting, latencySettings } from './latency-settings.ts';
import { PostgresOutbox } from './postgres-outbox.ts';

const RAW = 'raw: NOTIFY in the transaction, LISTEN, read, publish; another process';

interface Load {
  readonly what: string;
  readonly perSecond: number;
  readonly seconds: number;
}

/** From the answer to COMMIT to the call of `publish`. */
export const latency: BenchRow = {
  name: 'latency',
  title: 'commit → publish, PostgreSQL',
  run: async (context) => {
    const loads: readonly Load[] = [
      { what: '5/s', perSecond: 5, seconds: context.quick ? 0.5 : 6 },
      { what: '500/s', perSecond: 500, seconds: context.quick ? 0.2 : 4 },
    ];
    const outbox = await PostgresOutbox.create(context);
    try {
      for (const table of businessTables) await outbox.pool.query(table);
      const lines: Line[] = [];
      for (const load of loads) lines.push(...(await compare(outbox, context, load)));
      return lines;
    } finally {
      await outbox.drop();
    }
  },
};

/** Limits for the median; the 99th percentile is to be within five times the raw one. */
const targets: Readonly<Record<string, Target>> = {
  'Relay in the same process, transact()': { most: 3 },
  'Relay in another process, with NOTIFY': { most: 5 },
  'Relay in another process, polling only': { most: 30 },
};

async function compare(outbox: PostgresOutbox, context: BenchContext, load: Load): Promise<readonly Line[]> {
  const settings = latencySettings(outbox, RAW);
  const samples = new Map<string, { p50: number[]; p99: number[] }>(
    settings.map(({ name }) => [name, { p50: [], p99: [] }]),
  );
  for (let round = 0; round < context.rounds; round += 1) {
    for (const setting of settings) {
      const waits = (await latencies(setting, load)).sort((a, b) => a - b);
      samples.get(setting.name)?.p50.push(quantile(waits, 0.5));
      samples.get(setting.name)?.p99.push(quantile(waits, 0.99));
    }
  }
  const rawP99 = samples.get(RAW)?.p99 ?? [];
  return [...samples].flatMap(([name, { p50, p99 }]) => {
    const target = load.perSecond > 100 ? targets[name] : undefined;
    const limit: Target | undefined = target === undefined ? undefined : { most: 5 };
    return [
      latencyLine(`${load.what}: ${name}, p50`, p50, target),
      {
        ...latencyLine(`${load.what}: ${name}, p99`, p99),
        checks: [ratioCheck('× raw p99', ratioOf(p99, rawP99), limit)],
      },
    ];
  });
}

function latencyLine(what: string, values: readonly number[], target?: Target): Line {
  const { median, spread, samples } = summaryOf(values);
  const checks = target === undefined ? [] : [{ of: 'ms', value: median, target }];
  return { what, value: median, unit: 'ms', spread, samples, checks };
}

/** Sends by the clock, whatever the answers do, and waits until all have arrived. In milliseconds. */
async function latencies(setting: LatencySetting, load: Load): Promise<number[]> {
  const sender = await setting.start();
  try {
    const committedAt = await sendAll(sender, load);
    const receivedAt = await sender.receivedAt(committedAt.size);
    // What was published before we had read the answer to COMMIT waited for nothing.
    return [...committedAt].map(([id, at]) => Math.max(0, (receivedAt.get(id) ?? Number.NaN) - at));
  } finally {
    await sender.stop();
  }
}

async function sendAll(sender: LatencySender, { perSecond, seconds }: Load): Promise<ReadonlyMap<string, number>> {
  const committedAt = new Map<string, number>();
  const total = Math.max(1, Math.round(perSecond * seconds));
  const sending: Promise<void>[] = [];
  const startedAt = performance.now();
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, 1 + Math.floor(((performance.now() - startedAt) / 1e3) * perSecond));
    for (; sent < due; sent += 1) {
      sending.push(
        sender.send(sent).then((id) => {
          committedAt.set(id, Number(process.hrtime.bigint()) / 1e6);
        }),
      );
    }
    // A little by chance, so that it is never in step with a poll.
    await sleep(Math.max(1, (1_000 / perSecond) * (0.75 + Math.random() / 2)));
  }
  await Promise.all(sending);
  return committedAt;
}
