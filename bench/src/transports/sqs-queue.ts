import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  type Message,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { type Envelope, encodeAttributes } from '@holdfast/core';

/** What SQS takes in one request. */
const BATCH = 10;

/** A queue with the hand-written client loop: batches of ten, so many requests in flight. */
export class SqsQueue {
  readonly #client: SQSClient;
  readonly #url: string;
  readonly #inFlight: number;

  private constructor(client: SQSClient, url: string, inFlight: number) {
    this.#client = client;
    this.#url = url;
    this.#inFlight = inFlight;
  }

  static async create(client: SQSClient, inFlight: number): Promise<SqsQueue> {
    const { QueueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName: 'hand-written' }));
    return new SqsQueue(client, QueueUrl, inFlight);
  }

  /** As many attributes as ours has, so that the service has the same to store. */
  async publish(envelopes: readonly Envelope[]): Promise<void> {
    let sent = 0;
    await this.#inParallel(async () => {
      while (sent < envelopes.length) {
        const batch = envelopes.slice(sent, sent + BATCH);
        sent += batch.length;
        const command = new SendMessageBatchCommand({ QueueUrl: this.#url, Entries: batch.map(entryOf) });
        const { Failed = [] } = await this.#client.send(command);
        if (Failed.length > 0) throw new Error(`${Failed.length} messages were not taken.`);
      }
    });
  }

  /** Receives, handles and deletes this many messages. Returns the bytes of their bodies. */
  async consume(count: number): Promise<number> {
    let asked = 0;
    let bytes = 0;
    await this.#inParallel(async () => {
      let deleting: Promise<void> = Promise.resolve();
      while (asked < count) {
        asked += BATCH;
        const messages = await this.#receive();
        // What a receive did not bring is asked for again.
        asked -= BATCH - messages.length;
        if (messages.length === 0) continue;
        for (const { Body = '' } of messages) bytes += Buffer.byteLength(Body);
        await deleting;
        deleting = this.#delete(messages);
      }
      await deleting;
    });
    return bytes;
  }

  /** @throws Error when the queue does not hold this many messages */
  async expect(count: number): Promise<void> {
    const command = new GetQueueAttributesCommand({
      QueueUrl: this.#url,
      AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
    });
    const { Attributes } = await this.#client.send(command);
    const found =
      Number(Attributes?.['ApproximateNumberOfMessages']) +
      Number(Attributes?.['ApproximateNumberOfMessagesNotVisible']);
    if (found !== count) throw new Error(`The queue holds ${found} messages where ${count} should be.`);
  }

  async empty(): Promise<void> {
    await this.#client.send(new PurgeQueueCommand({ QueueUrl: this.#url }));
  }

  async drop(): Promise<void> {
    await this.#client.send(new DeleteQueueCommand({ QueueUrl: this.#url }));
  }

  async #receive(): Promise<readonly Message[]> {
    const command = new ReceiveMessageCommand({
      QueueUrl: this.#url,
      MaxNumberOfMessages: BATCH,
      WaitTimeSeconds: 1,
      MessageAttributeNames: ['All'],
    });
    const { Messages = [] } = await this.#client.send(command);
    return Messages;
  }

  async #delete(messages: readonly Message[]): Promise<void> {
    const Entries = messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    const { Failed = [] } = await this.#client.send(new DeleteMessageBatchCommand({ QueueUrl: this.#url, Entries }));
    if (Failed.length > 0) throw new Error(`${Failed.length} messages were not deleted.`);
  }

  async #inParallel(work: () => Promise<void>): Promise<void> {
    await Promise.all(Array.from({ length: this.#inFlight }, work));
  }
}

function entryOf({ id, source, type, attributes, body }: Envelope, index: number): SendMessageBatchRequestEntry {
  return {
    Id: String(index),
    MessageBody: Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'),
    MessageAttributes: {
      id: { DataType: 'String', StringValue: id },
      source: { DataType: 'String', StringValue: source },
      type: { DataType: 'String', StringValue: type },
      attributes: { DataType: 'String', StringValue: encodeAttributes(attributes) },
    },
  };
}
