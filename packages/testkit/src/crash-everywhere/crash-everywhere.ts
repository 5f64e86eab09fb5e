import type { CrashEverywhereOptions, CrashEverywhereResult } from './crash-everywhere-options.ts';
import { CrashSweep } from './crash-sweep.ts';
import type { MakeHandler } from './handler-under-test.ts';

/**
 * Crashes your handler at every step. It runs once without faults; then once for each fault at each of its I/O points, in a new world each time:
 * the process dies before or after the I/O, the I/O is refused or its answer is lost, the process stands still until its lease is over, the message
 * comes twice. Each time the queue delivers again until the message is settled, and the world must then keep what it keeps without faults.
 *
 * All that the handler touches must be of the world: {@link World.port}, `SimulatedService`, simulated databases and brokers.
 * @throws CrashEverywhereFailedError with a report that names the faults; UntestableHandlerError; UnwrappedIoError with the line of I/O
 *   that is not of the world; InvalidOptionError
 * @example
 * await crashEverywhere(
 *   (world) => {
 *     const payments = new SimulatedService(world, 'payments', { make: () => new FakePayments() });
 *     return chargeHandler(payments.api);
 *   },
 *   { given: orderPlaced({ orderId: 'o-1', cents: 4_200 }) },
 * );
 */
export function crashEverywhere(make: MakeHandler, options: CrashEverywhereOptions): Promise<CrashEverywhereResult> {
  return new CrashSweep(make, options).run();
}
