import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchContext, BenchRow } from '../harness/bench-row.ts';
import type { Line } from '../harness/line.ts';
import { AcceptingPublisher } from './accepting-publisher.ts';
import { PostgresOutbox } from './postgres-outbox.ts';
import { SqliteOutbox } from './sqlite-outbox.ts';

/** Whether the log gives back what it took, after all was relayed and retention has passed. */
export const tableSize: BenchRow = {
  name: 'table-size',
  title: 'bytes of the log before and after messages went through, retention of a second',
  run: async (context) => [...(await onPostgres(context)), ...(await onSqlite(context))],
};

async function onPostgres(context: BenchContext): Promise<readonly Line[]> {
  const count = context.quick ? 2_000 : 1_000_000;
  const outbox = await PostgresOutbox.create(context);
  const relay = outbox.relay(new AcceptingPublisher());
  try {
    await outbox.store.setRetention({ seconds: 1 });
    const before = await logBytes(outbox);
    let most = 0;
    relay.start();
    const chunk = Math.min(count, 50_000);
    for (let done = 0; done < count; done += chunk) {
      await outbox.fill({ count: chunk, keys: 100, rotationSeconds: 1 });
      outbox.store.wakeUp.signal();
      most = Math.max(most, await logBytes(outbox));
    }
    const after = await smallest(() => logBytes(outbox), before, 40);
    return sizeLines('PostgreSQL, table and indexes', { count, before, most, after });
  } finally {
    await relay.stop();
    await outbox.drop();
  }
}

async function onSqlite(context: BenchContext): Promise<readonly Line[]> {
  const count = context.quick ? 2_000 : 1_000_000;
  const outbox = await SqliteOutbox.create();
  const relay = outbox.relay(new AcceptingPublisher());
  try {
    await outbox.store.setRetention({ seconds: 1 });
    const before = usedBytes(outbox);
    let most = 0;
    relay.start();
    for (let done = 0; done < count; done += 2_000) {
      outbox.fill(2_000);
      outbox.store.wakeUp.signal();
      most = Math.max(most, usedBytes(outbox));
      await sleep(1);
    }
    const after = await smallest(async () => usedBytes(outbox), before, 60);
    return sizeLines('SQLite, used pages', { count, before, most, after });
  } finally {
    await relay.stop();
    outbox.drop();
  }
}

/** Looks until it is as small as before, or `seconds` have passed. */
async function smallest(bytes: () => Promise<number>, before: number, seconds: number): Promise<number> {
  const until = performance.now() + seconds * 1e3;
  let now = await bytes();
  while (now > before && performance.now() < until) {
    await sleep(200);
    now = Math.min(now, await bytes());
  }
  return now;
}

async function logBytes({ pool }: PostgresOutbox): Promise<number> {
  const { rows } = await pool.query(
    "select sum(pg_total_relation_size(relid)) as bytes from pg_partition_tree('holdfast_outbox_log')",
  );
  return Number(rows[0].bytes);
}

function usedBytes({ db }: SqliteOutbox): number {
  const pragma = (name: string) => Number(db.pragma(name, { simple: true }));
  return (pragma('page_count') - pragma('freelist_count')) * pragma('page_size');
}

interface Sizes {
  readonly count: number;
  readonly before: number;
  readonly most: number;
  readonly after: number;
}

function sizeLines(what: string, { count, before, most, after }: Sizes): readonly Line[] {
  const line = (when: string, bytes: number): Line => ({
    what: `${what}, ${when}`,
    value: bytes / 1024,
    unit: 'KiB',
    checks: [],
  });
  return [
    line('before', before),
    line('at most', most),
    {
      ...line(`after ${count.toLocaleString('en-US')} messages`, after),
      checks: [{ of: '× before', value: after / before, target: { most: 1 } }],
    },
  ];
}
