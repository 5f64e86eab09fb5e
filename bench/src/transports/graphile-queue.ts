import { EventEmitter } from 'node:events';
import { Logger, makeWorkerUtils, run, type Task, type WorkerEvents } from 'graphile-worker';
import type pg from 'pg';
import type { Round } from '../harness/alternate.ts';
import type { Meter } from '../harness/meter.ts';

const TASK = 'order.placed';
const LOCAL_QUEUE = 500;
const logger = new Logger(() => () => {});

export interface GraphileRoundOptions {
  readonly connectionString: string;
  readonly meter: Meter;
  readonly count: number;
  readonly handle: Task;
  /** How many jobs run at once. */
  readonly concurrency: number;
}

export async function installGraphile(connectionString: string): Promise<void> {
  const utils = await makeWorkerUtils({ connectionString, logger });
  await utils.migrate();
  await utils.release();
}

export async function fillGraphile(pool: pg.Pool, count: number, data: object): Promise<void> {
  await pool.query(
    'select count(*) from graphile_worker.add_jobs(array(' +
      'select row($1, $2::json, null, null, null, null, null, null)::graphile_worker.job_spec ' +
      'from generate_series(1, $3::int)))',
    [TASK, JSON.stringify(data), count],
  );
  await pool.query('vacuum (analyze) graphile_worker._private_jobs');
}

/**
 * Works off `count` jobs, at its best settings: jobs are taken by 500, and those that are done are completed together. Measured
 * from the first job that starts until all completions are in the database.
 */
export async function graphileRound(options: GraphileRoundOptions): Promise<Round> {
  const { connectionString, meter, count, handle, concurrency } = options;
  const events: WorkerEvents = new EventEmitter();
  const { promise: handled, resolve } = Promise.withResolvers<void>();
  let completed = 0;
  events.once('job:start', () => meter.start());
  events.on('job:complete', () => {
    completed += 1;
    if (completed === count) resolve();
  });
  const worker = {
    concurrentJobs: concurrency,
    localQueue: { size: LOCAL_QUEUE },
    completeJobBatchDelay: 0,
    maxPoolSize: 10,
  };
  const taskList = { [TASK]: handle };
  const runner = await run({ connectionString, events, logger, noHandleSignals: true, taskList, preset: { worker } });
  await handled;
  await runner.stop();
  return { ...meter.stop(), count };
}
