import { quoted } from '@holdfast/core';
import { awsFailure } from '../aws/aws-failure.ts';
import type { FanOutSubscription, FanOutTopic } from '../aws/fan-out.ts';
import type { OutgoingEntry, SentEntries } from '../aws/outgoing-entry.ts';
import { sendEntries } from '../aws/send-entries.ts';
import type { QueueSubscription, SnsApi } from './sns-api.ts';

const ALREADY_THERE = /already exists/i;
const IS_GONE = /^NotFound/;
/** What the service says in place of the name of a subscription that gets nothing. */
const NAMELESS: ReadonlySet<string> = new Set(['PendingConfirmation', 'Deleted']);
/** How many subscriptions are asked for their filters at once. */
const AT_ONCE = 10;

export interface SnsTopicOptions {
  readonly arn: string;
  readonly api: SnsApi;
  readonly maxRequestBytes: number;
}

/** A topic that hands raw messages to queues, each with a filter on one attribute. */
export class SnsTopic implements FanOutTopic {
  readonly arn: string;
  readonly label: string;
  readonly maxRequestBytes: number;
  readonly #api: SnsApi;

  constructor({ arn, api, maxRequestBytes }: SnsTopicOptions) {
    this.arn = arn;
    this.label = `Topic ${quoted(arn.slice(arn.lastIndexOf(':') + 1))}`;
    this.maxRequestBytes = maxRequestBytes;
    this.#api = api;
  }

  send(entries: readonly OutgoingEntry[]): Promise<SentEntries> {
    return sendEntries(entries, (some) => this.#api.publish(this.arn, some));
  }

  async subscribe(subscription: FanOutSubscription): Promise<void> {
    const { queueArn, filter } = subscription;
    try {
      await this.#api.subscribe(this.arn, queueArn, {
        RawMessageDelivery: 'true',
        ...(filter === null ? {} : { FilterPolicy: JSON.stringify({ [filter.attribute]: filter.values }) }),
      });
    } catch (error) {
      // The service compares attributes as texts, and may have written them in its own way.
      if (!ALREADY_THERE.test(awsFailure(error).reason) || !(await this.#has(subscription))) throw error;
    }
  }

  async #has(subscription: FanOutSubscription): Promise<boolean> {
    const wanted = JSON.stringify(subscription);
    return (await this.subscriptions()).some((one) => JSON.stringify(one) === wanted);
  }

  async subscriptions(): Promise<readonly FanOutSubscription[]> {
    const all = await this.#api.subscriptionsOf(this.arn);
    const ours: FanOutSubscription[] = [];
    for (let start = 0; start < all.length; start += AT_ONCE) {
      const some = all.slice(start, start + AT_ONCE).map((one) => this.#read(one));
      for (const subscription of await Promise.all(some)) {
        if (subscription !== null) ours.push(subscription);
      }
    }
    return ours;
  }

  /** `null` for one that gets nothing: not confirmed, or deleted meanwhile. Anybody may leave such a one. */
  async #read({ subscriptionArn, queueArn }: QueueSubscription): Promise<FanOutSubscription | null> {
    if (NAMELESS.has(subscriptionArn)) return null;
    try {
      const { FilterPolicy } = await this.#api.attributesOf(subscriptionArn);
      return readFilter(queueArn, FilterPolicy);
    } catch (error) {
      if (IS_GONE.test(awsFailure(error).code)) return null;
      throw error;
    }
  }
}

/** `null` for a filter that is not one of ours: nobody can say what passes it. */
function readFilter(queueArn: string, policy: string | undefined): FanOutSubscription | null {
  if (policy === undefined || policy === '' || policy === '{}') return { queueArn, filter: null };
  const parsed = parse(policy);
  if (typeof parsed !== 'object' || parsed === null) return null;
  const [entry, ...others] = Object.entries(parsed);
  if (entry === undefined || others.length > 0) return null;
  const [attribute, values] = entry;
  const isOurs = Array.isArray(values) && values.every((value: unknown) => typeof value === 'string');
  return isOurs ? { queueArn, filter: { attribute, values } } : null;
}

function parse(policy: string): unknown {
  try {
    return JSON.parse(policy);
  } catch {
    return null;
  }
}
