import { startSqs } from '../../../../scripts/services/sqs.ts';

/**
 * SQS and SNS of the test run.
 *
 * The emulator differs from the service, and the adapter follows the service: it gives one message of a FIFO group per
 * request, deduplicates for the queue and not for each group, knows no ReceiveRequestAttemptId, leases to long polls whose
 * client is gone, never throttles, is consistent at once, lets an expired receipt handle delete nothing and says that it
 * did, takes visibility timeouts without the limit of 12 hours in all, and checks no policy and no rights.
 */
export interface Emulator {
  readonly url: URL;
  close(): Promise<void>;
}

export async function startEmulator(): Promise<Emulator> {
  const service = await startSqs();
  return { url: new URL(service.url), close: () => service.stop() };
}
