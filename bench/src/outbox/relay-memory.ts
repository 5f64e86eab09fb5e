import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchRow } from '../harness/bench-row.ts';
import type { Check, Line } from '../harness/line.ts';
import { PostgresOutbox } from './postgres-outbox.ts';
import { WorkerProcess, type WorkerTask } from './worker-process.ts';

const MIB = 2 ** 20;

/** How much memory a relay takes that works off a long backlog, in a process of its own with Node's defaults. */
export const relayMemory: BenchRow = {
  name: 'relay-memory',
  title: 'resident memory of a process that relays a backlog at full speed, above its start',
  run: async (context) => {
    const count = context.quick ? 5_000 : 1_000_000;
    const outbox = await PostgresOutbox.create(context);
    try {
      await outbox.fill({ count, keys: 10_000 });
      await outbox.settle();
      const work = { url: outbox.database.url, count };
      const messages = count.toLocaleString('en-US');
      return [
        await memoryLine(`raw: reading ${messages} rows by pages of 1,000`, { ...work, kind: 'raw-read' }),
        await memoryLine(`Relay, ${messages} messages`, { ...work, kind: 'relay' }, 150),
      ];
    } finally {
      await outbox.drop();
    }
  },
};

async function memoryLine(what: string, task: WorkerTask & { readonly count: number }, most?: number): Promise<Line> {
  const worker = await WorkerProcess.start(task);
  try {
    let report = await worker.report();
    while (report.published < task.count) {
      await sleep(50);
      report = await worker.report();
    }
    const above = (report.peakRss - report.startRss) / MIB;
    const check: Check = { of: 'MiB above its start', value: above, ...(most !== undefined && { target: { most } }) };
    return { what, value: report.peakRss / MIB, unit: 'MiB at most', checks: [check] };
  } finally {
    await worker.stop();
  }
}
