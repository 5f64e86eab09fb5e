import { SagaWorker } from '@holdfast/saga';
import { PostgresLeaseStore } from '@holdfast/sql';
import { PgDatabase } from '@holdfast/sql/pg';
import { alternate, type Contender } from '../harness/alternate.ts';
import type { BenchContext, BenchRow } from '../harness/bench-row.ts';
import { resultsLine } from '../harness/results-line.ts';
import { timedOrderSaga } from './order-saga.ts';
import { SagaDatabase } from './saga-database.ts';
import { SagaFilling } from './saga-filling.ts';
import { sagaParts } from './saga-ways.ts';

const BATCHES = [100, 500];
const TIMERS = 5_000;

/** Timers that have all run out, as after an outage. */
export const timers: BenchRow = {
  name: 'timers',
  title: `${TIMERS} timers that have run out, each a transition, fired by a SagaWorker, PostgreSQL`,
  server: 'PostgreSQL',
  run: async (context) => {
    const database = await SagaDatabase.create(context);
    try {
      const filling = await SagaFilling.create(database, { definition: timedOrderSaga, events: 1 });
      const contenders = BATCHES.map((batchSize) => contender({ database, filling, batchSize }, context));
      const results = await alternate(contenders, context);
      return contenders.map(({ name }) => resultsLine(results, { name, unit: 'timers/s' }));
    } finally {
      await database.drop();
    }
  },
};

interface Firing {
  readonly database: SagaDatabase;
  readonly filling: SagaFilling;
  readonly batchSize: number;
}

function contender({ database, filling, batchSize }: Firing, { quick }: BenchContext): Contender {
  const pool = database.pool({ max: 2, pipeline: true });
  const { runtime } = sagaParts({ pool, definition: timedOrderSaga });
  const leases = new PostgresLeaseStore({ database: new PgDatabase(pool) });
  const worker = new SagaWorker({ runtime, leases, leaseName: `timers ${batchSize}`, batchSize });
  const count = quick ? TIMERS / 10 : TIMERS;
  let rounds = 0;
  return {
    name: `SagaWorker, ${batchSize} in a transaction`,
    round: async () => {
      rounds += 1;
      const name = `round-${batchSize}-${rounds}`;
      await filling.fill(count, name);
      await filling.setTimers(count, name, 'answer');
      await database.settle();
      const meter = database.meter();
      meter.start();
      await worker.runOnce();
      const reading = meter.stop();
      await expectFired(database, name, count);
      return { ...reading, count };
    },
  };
}

async function expectFired(database: SagaDatabase, name: string, count: number): Promise<void> {
  const [row] = await database.run(
    "select count(*)::int as fired from holdfast_saga where key like $1 and state = 'late'",
    [`${name}-%`],
  );
  if (row?.['fired'] !== count) throw new Error(`${row?.['fired']} of ${count} timers were fired.`);
}
