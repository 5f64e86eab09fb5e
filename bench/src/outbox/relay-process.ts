import type { Envelope, Publisher, Receipt } from '@holdfast/core';
import { PostgresOutboxStore, PostgresWakeUpListener, Relay } from '@holdfast/outbox';
import { PgDatabase } from '@holdfast/sql/pg';
import pg from 'pg';
import type { FromWorker, WorkerTask } from './worker-process.ts';

const ACCEPTED: Receipt = Object.freeze({ outcome: 'accepted' });

/** Publishes to nobody, and remembers when each message came where that is asked for. */
class RecordingPublisher implements Publisher {
  readonly #receivedAt: [string, number][] = [];
  readonly #records: boolean;
  published = 0;

  constructor(records: boolean) {
    this.#records = records;
  }

  publish(batch: readonly Envelope[]): Promise<readonly Receipt[]> {
    this.published += batch.length;
    if (this.#records) {
      const now = Number(process.hrtime.bigint()) / 1e6;
      for (const { id } of batch) this.#receivedAt.push([id, now]);
    }
    return Promise.resolve(batch.map(() => ACCEPTED));
  }

  take(): [string, number][] {
    return this.#receivedAt.splice(0);
  }
}

/** Resident memory, looked at often. */
class MemoryWatch {
  readonly startRss = process.memoryUsage.rss();
  peakRss = this.startRss;
  readonly #timer = setInterval(() => {
    this.peakRss = Math.max(this.peakRss, process.memoryUsage.rss());
  }, 10);

  stop(): void {
    clearInterval(this.#timer);
  }
}

const [task]: [WorkerTask] = JSON.parse(process.argv[2] ?? '[]');
const pool = new pg.Pool({ connectionString: task.url, max: 4 });
pool.on('error', () => {});
if (task.kind === 'raw-notify') await runRawNotify(task.url);
else if (task.kind === 'raw-read') await runRawRead();
else await runRelay(task);

async function runRelay({ kind, url }: WorkerTask): Promise<void> {
  const publisher = new RecordingPublisher(kind !== 'relay');
  const store = new PostgresOutboxStore({ database: new PgDatabase(pool) });
  const relay = new Relay({ store, publisher });
  const createClient = () => new pg.Client({ connectionString: url });
  const listener = kind === 'relay-listening' ? new PostgresWakeUpListener({ store, createClient }) : null;
  listener?.start();
  await pool.query('select 1');
  const memory = new MemoryWatch();
  relay.start();
  serve(
    () => ({ published: publisher.published, receivedAt: publisher.take(), ...memory }),
    async () => {
      memory.stop();
      await listener?.stop();
      await relay.stop();
      await pool.end();
    },
  );
}

async function runRawRead(): Promise<void> {
  const client = await pool.connect();
  await client.query('select 1');
  const memory = new MemoryWatch();
  let published = 0;
  serve(
    () => ({ published, receivedAt: [], ...memory }),
    async () => {
      memory.stop();
      client.release();
      await pool.end();
    },
  );
  for (let position = '0', more = true; more; ) {
    const { rows } = await client.query({
      name: 'read',
      text:
        'select position, key, id, source, type, attributes, body from holdfast_outbox_log ' +
        'where lane = 0 and position > $1 order by position limit 1000',
      values: [position],
    });
    published += rows.length;
    position = rows.at(-1)?.position ?? position;
    more = rows.length === 1_000;
  }
}

/**
 * The limit: a notification in the transaction that names the row, one read of all rows that were named meanwhile, and
 * they are published.
 */
async function runRawNotify(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const receivedAt: [string, number][] = [];
  const named: string[] = [];
  let published = 0;
  let reading = false;
  const read = async () => {
    if (reading) return;
    reading = true;
    while (named.length > 0) {
      const { rows } = await client.query({
        name: 'named',
        text: 'select id, type, key, headers, body from hand_written where position = any($1::bigint[]) order by position',
        values: [named.splice(0)],
      });
      const now = Number(process.hrtime.bigint()) / 1e6;
      for (const { id } of rows) receivedAt.push([id, now]);
      published += rows.length;
    }
    reading = false;
  };
  client.on('notification', ({ payload }) => {
    named.push(payload ?? '');
    void read();
  });
  await client.query('listen bench');
  serve(
    () => ({ published, receivedAt: receivedAt.splice(0), startRss: 0, peakRss: 0 }),
    async () => {
      await client.end();
      await pool.end();
    },
  );
}

function serve(report: () => FromWorker, stop: () => Promise<void>): void {
  process.on('message', (request) => {
    if (request === 'report') process.send?.(report());
    else process.disconnect();
  });
  // Also when the process that started us is gone.
  process.on('disconnect', () => void stop());
  process.send?.(report());
}
