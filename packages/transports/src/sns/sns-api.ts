import {
  CreateTopicCommand,
  GetSubscriptionAttributesCommand,
  ListSubscriptionsByTopicCommand,
  PublishBatchCommand,
  type SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import { AttemptLog } from '../aws/attempt-log.ts';
import type { FailedEntry } from '../aws/aws-failure.ts';
import type { AwsRequests } from '../aws/aws-requests.ts';
import { batchResults } from '../aws/batch-results.ts';
import type { OutgoingEntry } from '../aws/outgoing-entry.ts';
import { SendFailedError } from '../aws/send-failed-error.ts';

/** The client that the caller builds, owns and closes. */
export type SnsClient = SNSClient;

export interface QueueSubscription {
  readonly subscriptionArn: string;
  readonly queueArn: string;
}

/** The only place that knows the official client. Every request has a deadline of ours. */
export class SnsApi {
  readonly #client: SNSClient;
  readonly #requests: AwsRequests;

  constructor(client: SNSClient, requests: AwsRequests) {
    this.#client = client;
    this.#requests = requests;
  }

  /** Finds the topic of exactly these attributes, or makes it. Returns its ARN. */
  async createTopic(name: string, attributes: Readonly<Record<string, string>>): Promise<string> {
    const command = new CreateTopicCommand({ Name: name, Attributes: { ...attributes } });
    const { TopicArn = '' } = await this.#requests.run((abortSignal) => this.#client.send(command, { abortSignal }));
    return TopicArn;
  }

  async subscribe(topicArn: string, queueArn: string, attributes: Readonly<Record<string, string>>): Promise<void> {
    const command = new SubscribeCommand({
      TopicArn: topicArn,
      Protocol: 'sqs',
      Endpoint: queueArn,
      Attributes: { ...attributes },
    });
    await this.#requests.run((abortSignal) => this.#client.send(command, { abortSignal }));
  }

  /** The queues of the topic. */
  async subscriptionsOf(topicArn: string): Promise<readonly QueueSubscription[]> {
    const subscriptions: QueueSubscription[] = [];
    let NextToken: string | undefined;
    do {
      const command = new ListSubscriptionsByTopicCommand({ TopicArn: topicArn, NextToken });
      const page = await this.#requests.run((abortSignal) => this.#client.send(command, { abortSignal }));
      for (const { SubscriptionArn = '', Endpoint = '', Protocol } of page.Subscriptions ?? []) {
        if (Protocol === 'sqs') subscriptions.push({ subscriptionArn: SubscriptionArn, queueArn: Endpoint });
      }
      NextToken = page.NextToken;
    } while (NextToken !== undefined && NextToken !== '');
    return subscriptions;
  }

  async attributesOf(subscriptionArn: string): Promise<Readonly<Record<string, string>>> {
    const command = new GetSubscriptionAttributesCommand({ SubscriptionArn: subscriptionArn });
    const { Attributes } = await this.#requests.run((abortSignal) => this.#client.send(command, { abortSignal }));
    return Attributes ?? {};
  }

  /** One result per entry: `null` for done. @throws SendFailedError when the request fails as a whole */
  async publish(topicArn: string, entries: readonly OutgoingEntry[]): Promise<readonly (FailedEntry | null)[]> {
    const command = new PublishBatchCommand({
      TopicArn: topicArn,
      PublishBatchRequestEntries: entries.map((entry, index) => ({
        Id: String(index),
        Message: entry.body,
        MessageAttributes: Object.fromEntries(
          Object.entries(entry.attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]),
        ),
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
}
