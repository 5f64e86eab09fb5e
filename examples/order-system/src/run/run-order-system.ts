import { auditFolder } from '../audit/audit-folder.ts';
import type { AuditReport } from '../audit/audit-report.ts';
import type { ProgramKeepsFailingError } from '../processes/program-keeps-failing-error.ts';
import { openOrderTransport } from '../transport/open-order-transport.ts';
import type { OrderTransport } from '../transport/order-transport.ts';
import { ChargePrograms } from './charge-programs.ts';
import { Monolith } from './monolith.ts';
import { Run } from './run.ts';
import type { RunOptions } from './run-options.ts';
import { RUN_TIMES } from './run-times.ts';
import { witnessed } from './witnessed.ts';

/** Places all orders, disturbs the system in the middle, waits until it is quiet, stops it, and audits what it left. */
export async function runOrderSystem(options: RunOptions): Promise<AuditReport> {
  const transport = await openOrderTransport(options.transport, options.folder);
  try {
    const facts = await runOver(transport, options);
    const queued = await transport.close();
    const seen = witnessed({ ...facts, transport: options.transport, queued });
    return await auditFolder(options.folder, seen);
  } catch (error) {
    // What went wrong first is what is told.
    await Promise.allSettled([transport.close()]);
    throw error;
  }
}

/** Everything but the transport is stopped when it settles. */
async function runOver(transport: OrderTransport, options: RunOptions): Promise<Run['facts']> {
  const { folder, seed, onEvent } = options;
  const abort = new AbortController();
  const onFailure = (error: ProgramKeepsFailingError) => abort.abort(error);
  const programs = await ChargePrograms.start({ folder, seed, onEvent, onFailure });
  try {
    const monolith = await Monolith.start({
      folder,
      transport,
      payment: programs.payment,
      times: RUN_TIMES[options.transport],
      onError: (consumer, error) => onEvent({ type: 'consumer-failed', consumer, error }),
      onReviewed: (reviews) => {
        const released = reviews.filter(({ verdict }) => verdict === 'for sale').length;
        onEvent({ type: 'reviewed', released, cancelled: reviews.length - released });
      },
    });
    onEvent({ type: 'listening', url: monolith.url });
    const run = new Run(options, { monolith, transport, programs, abort });
    await run.toTheEnd();
    return run.facts;
  } finally {
    await programs.stop();
  }
}
