import { SQSClient } from '@aws-sdk/client-sqs';
import { type SqsService, startSqs } from '../../../scripts/services/sqs.ts';

/** An emulator of SQS whose CPU can be read. */
export class BenchSqs {
  readonly #service: SqsService;

  private constructor(service: SqsService) {
    this.#service = service;
  }

  static async start(): Promise<BenchSqs> {
    return new BenchSqs(await startSqs({ own: true }));
  }

  /** The emulator's process. */
  get pid(): number {
    return this.#service.pid;
  }

  /** A client with its default settings; its owner destroys it. */
  client(): SQSClient {
    return new SQSClient({
      endpoint: this.#service.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
    });
  }

  stop(): Promise<void> {
    return this.#service.stop();
  }
}
