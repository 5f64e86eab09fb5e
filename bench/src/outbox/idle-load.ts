import { setTimeout as sleep } from 'node:timers/promises';
import { PostgresOutboxStore, Relay } from '@holdfast/outbox';
import { PgDatabase } from '@holdfast/sql/pg';
import type { BenchRow } from '../harness/bench-row.ts';
import type { Line } from '../harness/line.ts';
import { AcceptingPublisher } from './accepting-publisher.ts';
import { CountingDatabase } from './counting-database.ts';
import { PostgresOutbox } from './postgres-outbox.ts';

/** What an outbox asks of the database when nobody sends. */
export const idleLoad: BenchRow = {
  name: 'idle-load',
  title: 'one relay, a lane, nothing to relay, PostgreSQL',
  run: async (context) => {
    const outbox = await PostgresOutbox.create(context);
    const database = new CountingDatabase(new PgDatabase(outbox.pool));
    const publisher = new AcceptingPublisher();
    const relay = new Relay({ store: new PostgresOutboxStore({ database }), publisher });
    try {
      relay.start();
      // The pauses between two looks grow from 5 to 500 ms first.
      await sleep(context.quick ? 100 : 5_000);
      return await watch(outbox, database, context.quick ? 0.2 : 20);
    } finally {
      await relay.stop();
      await outbox.drop();
    }
  },
};

async function watch(outbox: PostgresOutbox, database: CountingDatabase, seconds: number): Promise<readonly Line[]> {
  database.reset();
  const meter = outbox.meter();
  meter.start();
  await sleep(seconds * 1e3);
  const { nodeMicros, serverMicros } = meter.stop();
  const perSecond = database.total / seconds;
  const cpuLine = (what: string, micros: number): Line => ({
    what,
    value: micros / seconds / 1e4,
    unit: '% of a core',
    checks: [],
  });
  return [
    {
      what: 'statements',
      value: perSecond,
      unit: 'per second',
      checks: [{ of: 'statements per second', value: perSecond, target: { most: 5 } }],
    },
    ...[...database.byStatement].map(
      ([text, count]): Line => ({
        what: `  ${text} …`,
        value: count / seconds,
        unit: 'per second',
        checks: [],
      }),
    ),
    cpuLine('CPU of this process', nodeMicros),
    ...(serverMicros === null ? [] : [cpuLine('CPU of PostgreSQL', serverMicros)]),
  ];
}
