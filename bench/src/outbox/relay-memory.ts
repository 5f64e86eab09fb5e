import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchRow } from '../harness/bench-row.ts';
import { PostgresOutbox } from './postgres-outbox.ts';
import { WorkerProcess } from './worker-process.ts';

const MIB = 2 ** 20;

/** How much memory a relay takes that works off a long backlog, in a process of its own with Node's defaults. */
export const relayMemory: BenchRow = {
  name: 'relay-memory',
  title: 'resident memory of a process that relays a backlog, above its start',
  run: async (context) => {
    const count = context.quick ? 5_000 : 1_000_000;
    const outbox = await PostgresOutbox.create(context);
    try {
      await outbox.fill({ count, keys: 10_000 });
      await outbox.settle();
      const worker = await WorkerProcess.start({ kind: 'relay', url: outbox.database.url });
      let report = await worker.report();
      while (report.published < count) {
        await sleep(50);
        report = await worker.report();
      }
      await worker.stop();
      const above = (report.peakRss - report.startRss) / MIB;
      return [
        { what: 'at the start', value: report.startRss / MIB, unit: 'MiB', checks: [] },
        {
          what: `at most, while relaying ${count.toLocaleString('en-US')}`,
          value: report.peakRss / MIB,
          unit: 'MiB',
          checks: [{ of: 'MiB above its start', value: above, target: { most: 150 } }],
        },
      ];
    } finally {
      await outbox.drop();
    }
  },
};
