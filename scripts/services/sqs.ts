import { ForeignService } from './foreign-service.ts';
import { OwnService, startServer } from './own-service.ts';
import type { Service } from './service.ts';

export interface StartSqsOptions {
  /**
   * Start an emulator of our own even when HOLDFAST_TEST_SQS_URL names one: for tests that stop or restart it.
   * @default false
   */
  readonly own?: boolean;
}

/**
 * An emulator of SQS and SNS: its URL is the endpoint for clients of both, and any credentials do. After a restart it has its
 * queues, topics and messages, but for ids for deduplication.
 */
export type SqsService = Service;

/** The endpoint that HOLDFAST_TEST_SQS_URL names, else a fresh emulator of our own; ready when this resolves. */
export async function startSqs({ own = false }: StartSqsOptions = {}): Promise<SqsService> {
  const url = process.env['HOLDFAST_TEST_SQS_URL'];
  if (url !== undefined && url !== '' && !own) {
    return new ForeignService({ url, defaultPort: 80, name: 'SQS', start: 'startSqs' });
  }
  return new OwnService(await startServer('sqs', {}));
}
