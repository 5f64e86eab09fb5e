import {
  ChangeMessageVisibilityBatchCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  type Message,
  type MessageAttributeValue,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { AttemptLog } from '../aws/attempt-log.ts';
import { awsFailure, type FailedEntry } from '../aws/aws-failure.ts';
import type { AwsRequests } from '../aws/aws-requests.ts';
import { batchResults } from '../aws/batch-results.ts';
import type { OutgoingEntry } from '../aws/outgoing-entry.ts';
import { SendFailedError } from '../aws/send-failed-error.ts';
import type {
  MessageOperations,
  NewQueue,
  QueueOperations,
  ReceivedMessage,
  ReceiveRequest,
  VisibilityChange,
} from './sqs-operations.ts';

/** The client that the caller builds, owns and closes: region, credentials, attempts and sockets are his. */
export type SqsClient = SQSClient;

/** The only place that knows the official client. Every request has a deadline of ours. */
export class SqsApi implements QueueOperations, MessageOperations {
  readonly #client: SQSClient;
  readonly #requests: AwsRequests;

  constructor(client: SQSClient, requests: AwsRequests) {
    this.#client = client;
    this.#requests = requests;
  }

  async create({ sqsName, attributes, tags }: NewQueue): Promise<string> {
    const command = new CreateQueueCommand({ QueueName: sqsName, Attributes: { ...attributes }, tags: { ...tags } });
    const { QueueUrl = '' } = await this.#requests.run((abortSignal) => this.#client.send(command, { abortSignal }));
    return QueueUrl;
  }

  async urlOf(sqsName: string): Promise<string | null> {
    const command = new GetQueueUrlCommand({ QueueName: sqsName });
    try {
      const { QueueUrl } = await this.#requests.run((abortSignal) => this.#client.send(command, { abortSignal }));
      return QueueUrl ?? null;
    } catch (error) {
      if (isMissingQueue(error)) return null;
      throw error;
    }
  }

  async attributesOf(url: string): Promise<Readonly<Record<string, string>>> {
    const command = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] });
    const { Attributes } = await this.#requests.run((abortSignal) => this.#client.send(command, { abortSignal }));
    return Attributes ?? {};
  }

  async tagsOf(url: string): Promise<Readonly<Record<string, string>>> {
    const command = new ListQueueTagsCommand({ QueueUrl: url });
    const { Tags } = await this.#requests.run((abortSignal) => this.#client.send(command, { abortSignal }));
    return Tags ?? {};
  }

  async list(prefix: string): Promise<readonly string[]> {
    const urls: string[] = [];
    let NextToken: string | undefined;
    do {
      const command = new ListQueuesCommand({ QueueNamePrefix: prefix, MaxResults: 1_000, NextToken });
      const page = await this.#requests.run((abortSignal) => this.#client.send(command, { abortSignal }));
      urls.push(...(page.QueueUrls ?? []));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    return urls;
  }

  /** @throws SendFailedError when the request fails as a whole, all attempts of the client considered */
  async send(url: string, entries: readonly OutgoingEntry[]): Promise<readonly (FailedEntry | null)[]> {
    const command = new SendMessageBatchCommand({
      QueueUrl: url,
      Entries: entries.map((entry, index) => ({
        Id: String(index),
        MessageBody: entry.body,
        MessageAttributes: messageAttributes(entry.attributes),
        ...(entry.group === null ? {} : { MessageGroupId: entry.group }),
        ...(entry.deduplicationId === null ? {} : { MessageDeduplicationId: entry.deduplicationId }),
      })),
    });
    const attempts = new AttemptLog();
    command.middlewareStack.add((next) => attempts.watch(next), AttemptLog.step);
    try {
      const answer = await this.#requests.run((abortSignal) => this.#client.send(command, { abortSignal }));
      return batchResults(entries.length, answer.Failed, answer.Successful);
    } catch (error) {
      throw new SendFailedError(attempts.failureOf(error), { cause: error });
    }
  }

  async receive(url: string, request: ReceiveRequest): Promise<readonly ReceivedMessage[]> {
    const command = new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: request.max,
      WaitTimeSeconds: request.waitSeconds,
      VisibilityTimeout: request.visibilitySeconds,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['ApproximateReceiveCount', 'MessageGroupId'],
      ...(request.attemptId === null ? {} : { ReceiveRequestAttemptId: request.attemptId }),
    });
    const { Messages = [] } = await this.#requests.run((abortSignal) => this.#client.send(command, { abortSignal }), {
      waitMs: request.waitSeconds * 1_000,
    });
    return Messages.map(receivedMessage);
  }

  async remove(
    url: string,
    receiptHandles: readonly string[],
    withinMs: number,
  ): Promise<readonly (FailedEntry | null)[]> {
    const command = new DeleteMessageBatchCommand({
      QueueUrl: url,
      Entries: receiptHandles.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle })),
    });
    const answer = await this.#requests.run((abortSignal) => this.#client.send(command, { abortSignal }), { withinMs });
    return batchResults(receiptHandles.length, answer.Failed, answer.Successful);
  }

  async changeVisibility(url: string, changes: readonly VisibilityChange[]): Promise<readonly (FailedEntry | null)[]> {
    const command = new ChangeMessageVisibilityBatchCommand({
      QueueUrl: url,
      Entries: changes.map(({ receiptHandle, visibilitySeconds }, index) => ({
        Id: String(index),
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: visibilitySeconds,
      })),
    });
    const answer = await this.#requests.run((abortSignal) => this.#client.send(command, { abortSignal }));
    return batchResults(changes.length, answer.Failed, answer.Successful);
  }
}

/** Whether the error says that there is no such queue. */
export function isMissingQueue(error: unknown): boolean {
  const { code } = error instanceof SendFailedError ? error.failure : awsFailure(error);
  return code === 'QueueDoesNotExist' || code === 'NonExistentQueue';
}

function messageAttributes(attributes: Readonly<Record<string, string>>): Record<string, MessageAttributeValue> {
  const values: Record<string, MessageAttributeValue> = {};
  for (const name of Object.keys(attributes)) {
    values[name] = { DataType: 'String', StringValue: attributes[name] };
  }
  return values;
}

function receivedMessage({ MessageId, ReceiptHandle, Body, Attributes, MessageAttributes }: Message): ReceivedMessage {
  const attributes: Record<string, string> = {};
  if (MessageAttributes !== undefined) {
    for (const name of Object.keys(MessageAttributes)) {
      const value = MessageAttributes[name]?.StringValue;
      if (value !== undefined) attributes[name] = value;
    }
  }
  return {
    messageId: MessageId ?? '',
    receiptHandle: ReceiptHandle ?? '',
    body: Body ?? '',
    attributes,
    receiveCount: Number(Attributes?.ApproximateReceiveCount ?? 1),
    group: Attributes?.MessageGroupId ?? null,
  };
}
