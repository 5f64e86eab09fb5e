import {
  type Envelope,
  InvalidOptionError,
  type PublishOptions,
  type QueueDeclaration,
  type QueueReader,
  quoted,
  type Receipt,
  summarizeError,
} from '@holdfast/core';
import { AwsRequests } from '../aws/aws-requests.ts';
import type { FanOutSubscription, FanOutTopic } from '../aws/fan-out.ts';
import { TransportClosedError } from '../errors/transport-closed-error.ts';
import { queueProperties } from '../topology/queue-properties.ts';
import type { Transport } from '../transport.ts';
import { attributeNames, attributeText, plainText } from './message-codec.ts';
import { type KnownQueue, type OpenQueue, QueueCatalog } from './queue-catalog.ts';
import { queueError } from './queue-error.ts';
import { QueueNames } from './queue-names.ts';
import { QueueTargets } from './queue-targets.ts';
import { type Route, Routes } from './routes.ts';
import { sendPermission } from './send-permission.ts';
import { Settlements } from './settlements.ts';
import { SqsApi } from './sqs-api.ts';
import { MAX_LEASE_MS } from './sqs-delivery.ts';
import { type SqsSettings, type SqsTransportOptions, sqsSettings } from './sqs-options.ts';
import { SqsPublisher } from './sqs-publisher.ts';
import { SqsQueueReader } from './sqs-queue-reader.ts';

const ALL: readonly string[] = Object.freeze(['*']);

/**
 * Queues of Amazon SQS, each sent to directly or behind one topic of SNS.
 *
 * `accepted` means that SQS (or SNS) has stored the message in several data centers. Standard queues promise no order and
 * deliver at least once; FIFO queues keep the order of a key, also when one of its messages comes back. A service that
 * refuses connections or throttles is `unavailable`, after the attempts of the caller's client; a silent one is `unknown`
 * after `requestTimeoutMs`. See {@link SqsTransportOptions} for what is bounded how.
 */
export class SqsTransport implements Transport {
  readonly #settings: SqsSettings;
  readonly #requests: AwsRequests;
  readonly #api: SqsApi;
  readonly #catalog: QueueCatalog;
  readonly #routes: Routes;
  readonly #targets: QueueTargets;
  readonly #publisher: SqsPublisher;
  readonly #readers = new Map<string, SqsQueueReader>();
  readonly #settlements = new Map<string, Settlements>();
  #topic: FanOutTopic | null = null;
  #closing: Promise<void> | null = null;

  /** @throws InvalidOptionError */
  constructor(options: SqsTransportOptions) {
    const settings = sqsSettings(options);
    const { clock, fifo, namespace, sqs, maxRequestBytes } = settings;
    this.#settings = settings;
    this.#requests = new AwsRequests({ clock, timeoutMs: settings.requestTimeoutMs });
    this.#api = new SqsApi(sqs, this.#requests);
    this.#catalog = new QueueCatalog({
      operations: this.#api,
      names: new QueueNames({ namespace, fifo }),
      namespace,
      clock,
      fifo,
      delivery: settings.fanOut === null ? 'direct' : 'fan-out',
      maxReceiveCount: settings.maxReceiveCount,
    });
    this.#routes = new Routes({
      clock,
      load: () => (settings.fanOut === null ? this.#loadQueues() : this.#loadSubscriptions()),
      maxAgeMs: settings.routesMaxAgeMs,
      onFailure: (error) =>
        settings.onEvent({ kind: 'failed', activity: 'look for queues', reason: summarizeError(error) }),
    });
    this.#targets = new QueueTargets({
      maxRequestBytes,
      operations: this.#api,
      onMissing: (target) => this.#routes.drop(target),
    });
    this.#publisher = new SqsPublisher({
      clock,
      routes: this.#routes,
      fifo,
      maxMessageBytes: settings.maxMessageBytes,
      publishTimeoutMs: settings.publishTimeoutMs,
      concurrency: settings.sendConcurrency,
    });
  }

  /**
   * Makes the queue and its dead-letter queue, with tags that tell other processes what it is. `leaseMs` up to 12 hours.
   * @throws QueueMismatchError, InvalidOptionError, TransportUnavailableError
   */
  async declare(declaration: QueueDeclaration): Promise<void> {
    const declared = queueProperties(declaration);
    const { queue, leaseMs } = declared;
    this.#assertOpen('declare', queue);
    if (leaseMs > MAX_LEASE_MS) throw new InvalidOptionError('leaseMs', leaseMs, `at most ${MAX_LEASE_MS} (12 hours)`);
    try {
      // Afresh: it may have been deleted.
      const topic = await this.#openTopic();
      const policyOf = (queueArn: string) => (topic === null ? null : sendPermission(queueArn, topic.arn));
      const known = await this.#catalog.ensure(declared, policyOf);
      if (topic === null) this.#routes.add(this.#routeTo(known));
      else await this.#subscribe(topic, known);
    } catch (error) {
      throw queueError(error, 'declare', queue);
    }
  }

  publish(batch: readonly Envelope[], options: PublishOptions = {}): Promise<readonly Receipt[]> {
    return this.#publisher.publish(batch, options);
  }

  /** The same reader each time, so that all who read the queue share its requests. */
  reader(queue: string): QueueReader {
    const known = this.#readers.get(queue);
    if (known !== undefined) return known;
    const { clock, ids, fifo, longPollMs, receiveConcurrency, onEvent } = this.#settings;
    const reader = new SqsQueueReader({
      queue,
      clock,
      ids,
      fifo,
      longPollMs,
      onEvent,
      operations: this.#api,
      concurrency: receiveConcurrency,
      open: (name) => this.#catalog.open(name),
      forget: (name) => this.#catalog.forget(name),
      settlementsOf: (open) => this.#settlementsOf(open),
      assertOpen: (activity) => this.#assertOpen(activity, queue),
    });
    this.#readers.set(queue, reader);
    return reader;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { clock, closeTimeoutMs } = this.#settings;
    const ended = new AbortController();
    this.#publisher.close();
    const readers = Promise.all([...this.#readers.values()].map((reader) => reader.close()));
    await Promise.race([readers, clock.sleep(closeTimeoutMs, ended.signal)]);
    ended.abort();
    this.#requests.close();
    await readers;
    this.#readers.clear();
  }

  #assertOpen(activity: string, queue: string): void {
    if (this.#closing !== null) throw new TransportClosedError(`${activity} ${quoted(queue)}`);
  }

  async #openTopic(): Promise<FanOutTopic | null> {
    const { fanOut, namespace, fifo } = this.#settings;
    if (fanOut === null) return null;
    const topic = await fanOut.open({ name: namespace, fifo, requests: this.#requests });
    // One for all, so that no message is sent twice.
    if (this.#topic?.arn !== topic.arn) this.#topic = topic;
    return this.#topic;
  }

  async #subscribe(topic: FanOutTopic, { url, tagged }: KnownQueue): Promise<void> {
    const { QueueArn: queueArn = '' } = await this.#api.attributesOf(url);
    const { types } = tagged.properties;
    const values = types.map(attributeText);
    await topic.subscribe({
      queueArn,
      filter: types[0] === '*' ? null : { attribute: attributeNames.type, values },
    });
    this.#routes.add({ queue: queueArn, types, target: topic });
  }

  async #loadQueues(): Promise<readonly Route[]> {
    return (await this.#catalog.list()).map((known) => this.#routeTo(known));
  }

  async #loadSubscriptions(): Promise<readonly Route[]> {
    const topic = this.#topic ?? (await this.#openTopic());
    if (topic === null) return [];
    const routes: Route[] = [];
    for (const { queueArn, filter } of await topic.subscriptions()) {
      const types = filter === null ? ALL : typesOf(filter);
      if (types.length > 0) routes.push({ queue: queueArn, types, target: topic });
    }
    return routes;
  }

  #routeTo({ url, tagged }: KnownQueue): Route {
    const { queue, types } = tagged.properties;
    return { queue, types, target: this.#targets.of(queue, url) };
  }

  #settlementsOf({ name, url, deadLetters }: OpenQueue): Settlements {
    // A queue of this URL may have been deleted, and made again with other dead letters.
    const place = `${url} ${deadLetters.url}`;
    const known = this.#settlements.get(place);
    if (known !== undefined) return known;
    const { clock, sendConcurrency } = this.#settings;
    const settlements = new Settlements({
      queue: name,
      url,
      operations: this.#api,
      deadLetters: this.#targets.of(deadLetters.name, deadLetters.url),
      clock,
      concurrency: sendConcurrency,
    });
    this.#settlements.set(place, settlements);
    return settlements;
  }
}

/** The types that a filter of ours lets through; none for one that others made. */
function typesOf({ attribute, values }: NonNullable<FanOutSubscription['filter']>): readonly string[] {
  if (attribute !== attributeNames.type) return [];
  try {
    return values.map(plainText);
  } catch {
    return [];
  }
}
