import {
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ListQueuesCommand,
  QueueDoesNotExist,
  SQSClient,
} from '@aws-sdk/client-sqs';

/** A client for an emulator: any credentials do. The endpoint given counts, and not the one in the URLs of queues. */
export function sqsClient(endpoint: string): SQSClient {
  return new SQSClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
  });
}

const ANSWER_MS = 5_000;

const COUNTS = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const;

/** Looks after the queues of a run on SQS, by a way of its own that no fault hits. */
export class SqsBroker {
  /** Begins the names of the run's queues, and of no other's. */
  readonly namespace: string;
  readonly #client: SQSClient;
  #urls: readonly string[] = [];

  constructor(endpoint: string, namespace: string) {
    this.#client = sqsClient(endpoint);
    this.namespace = namespace;
  }

  /** Rejects when the service cannot be reached. */
  async look(): Promise<void> {
    const command = new ListQueuesCommand({ QueueNamePrefix: `${this.namespace}-` });
    const { QueueUrls = [] } = await this.#client.send(command, inTime());
    this.#urls = QueueUrls;
  }

  /** Messages in so many queues and their dead-letter queues, whether or not somebody holds them. */
  async messagesIn(queueCount: number): Promise<number> {
    if (this.#urls.length < 2 * queueCount) await this.look();
    const counts = await Promise.all(this.#urls.map((url) => this.#countIn(url)));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async remove(): Promise<void> {
    await this.look();
    await Promise.all(this.#urls.map((url) => this.#delete(url)));
  }

  close(): void {
    this.#client.destroy();
  }

  async #countIn(url: string): Promise<number> {
    const { Attributes = {} } = await this.#client.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...COUNTS] }),
      inTime(),
    );
    return COUNTS.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
  }

  async #delete(url: string): Promise<void> {
    try {
      await this.#client.send(new DeleteQueueCommand({ QueueUrl: url }), inTime());
    } catch (error) {
      if (!(error instanceof QueueDoesNotExist)) throw error;
    }
  }
}

/** One that accepts the connection may still not answer. */
function inTime(): { readonly abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.timeout(ANSWER_MS) };
}
