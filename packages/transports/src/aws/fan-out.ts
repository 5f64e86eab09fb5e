import type { AwsRequests } from './aws-requests.ts';
import type { EntryTarget } from './outgoing-entry.ts';

/**
 * One publish for many queues: a topic in front of them. It is injected, so that who uses SQS alone needs no client of
 * another service.
 */
export interface FanOut {
  /** Finds or creates the topic. Doing it again changes nothing. */
  open(options: FanOutOptions): Promise<FanOutTopic>;
}

export interface FanOutOptions {
  readonly name: string;
  readonly fifo: boolean;
  /** Gives each request its deadline. */
  readonly requests: AwsRequests;
}

export interface FanOutTopic extends EntryTarget {
  readonly arn: string;
  /** Subscribes a queue. Doing it again with the same changes nothing. */
  subscribe(subscription: FanOutSubscription): Promise<void>;
  /** All queues that get messages of the topic by a filter of ours. */
  subscriptions(): Promise<readonly FanOutSubscription[]>;
}

export interface FanOutSubscription {
  readonly queueArn: string;
  /** The queue gets messages of which this attribute has one of these values; all messages when `null`. */
  readonly filter: { readonly attribute: string; readonly values: readonly string[] } | null;
}
