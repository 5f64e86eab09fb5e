import { type Envelope, type Receipt, summarizeError } from '@holdfast/core';
import { type DeadLetterMark, markDeadLetter } from '../dead-letter/dead-letter.ts';
import { TransportUnavailableError } from '../errors/transport-unavailable-error.ts';
import type { AmqpMessage, AmqpProperties, AmqpPublishOptions } from './amqp-client.ts';
import type { AmqpLink } from './amqp-link.ts';
import type { AmqpPublisher } from './amqp-publisher.ts';
import type { AmqpSettings } from './amqp-settings.ts';
import type { AmqpTopology, QueueTerms } from './amqp-topology.ts';
import { delayStep } from './delay-step.ts';
import { deliveryCountOf, encodeMessage, ownHeaders } from './message-codec.ts';
import { type Copy, CopySource } from './message-source.ts';
import { delayQueueName } from './queue-blueprint.ts';

/** What the broker adds to a message on its way, and must not be taken for the sender's on the next one. */
const VOLATILE =
  /^(?:x-death|x-first-death-.*|x-last-death-.*|x-delivery-count|x-acquired-count|x-holdfast-.*|cc|bcc)$/i;
const CLOUD_EVENT = /^cloudEvents[_:]/;
/** A delay queue is declared again once in so long, so that it does not expire while it is used. */
const FRESH_MS = 86_400_000;

export interface MessageMoverOptions {
  readonly settings: AmqpSettings;
  readonly publisher: AmqpPublisher;
  readonly topology: AmqpTopology;
  /** The connection to declare over: one that the broker never blocks. */
  readonly link: AmqpLink;
}

/**
 * Puts copies of messages into other queues, with confirms. The original is acked afterwards, so that a crash leaves both
 * and never none.
 */
export class MessageMover {
  readonly #options: MessageMoverOptions;
  readonly #delayQueues = new Map<string, number>();

  constructor(options: MessageMoverOptions) {
    this.#options = options;
  }

  /** Forgets which delay queues exist: the broker may be another one. */
  reset(): void {
    this.#delayQueues.clear();
  }

  /** Puts it back into its queue after the delay. @throws TransportUnavailableError */
  async delay(message: AmqpMessage, queue: string, delayMs: number): Promise<void> {
    const step = delayStep(delayMs);
    const copy = async (): Promise<Copy> => ({
      exchange: '',
      routingKey: await this.#delayQueue(queue, step),
      content: message.content,
      options: copied(message.properties, { [ownHeaders.deliveries]: deliveryCountOf(message) }),
    });
    let receipt = await this.#publish(await copy());
    if (receipt?.outcome === 'rejected') {
      // Somebody deleted the delay queue.
      this.#delayQueues.clear();
      receipt = await this.#publish(await copy());
    }
    assertTaken(receipt, `retry a message of "${queue}"`);
  }

  /** Puts the envelope with these bytes among the dead letters of the queue. @throws TransportUnavailableError */
  async deadLetter(
    envelope: Envelope,
    { message, terms, mark }: { message: AmqpMessage; terms: QueueTerms; mark: DeadLetterMark },
  ): Promise<void> {
    const event = encodeMessage(markDeadLetter(envelope, mark), 0);
    const receipt = await this.#publish({
      ...terms.deadLetters,
      content: message.content,
      options: { ...event, ...copied(message.properties, event.headers) },
    });
    assertTaken(receipt, `dead-letter a message of "${mark.queue}"`);
  }

  async #publish(copy: Copy): Promise<Receipt | undefined> {
    const [receipt] = await this.#options.publisher.publish(new CopySource(copy));
    return receipt;
  }

  async #delayQueue(queue: string, step: number): Promise<string> {
    const { settings, topology, link } = this.#options;
    const key = `${step} ${queue}`;
    const now = settings.clock.monotonic();
    const freshUntil = this.#delayQueues.get(key) ?? 0;
    const { connection } = link;
    if (connection === null) throw new TransportUnavailableError(`retry a message of "${queue}"`);
    if (freshUntil > now) return delayQueueName(queue, step);
    const name = await topology.delayQueue(connection, queue, step);
    this.#delayQueues.set(key, now + FRESH_MS);
    return name;
  }
}

function assertTaken(receipt: Receipt | undefined, activity: string): void {
  if (receipt?.outcome === 'accepted') return;
  const reason = receipt === undefined ? 'there was no receipt' : `${receipt.outcome}: ${receipt.reason}`;
  throw new TransportUnavailableError(activity, { cause: new Error(summarizeError(reason)) });
}

const KEPT = ['contentEncoding', 'correlationId', 'replyTo', 'timestamp', 'type', 'appId'] as const;

/** The properties and headers of a message for its copy. A CloudEvent in `headers` takes the place of the one in it. */
function copied(properties: AmqpProperties, headers: Readonly<Record<string, unknown>>): AmqpPublishOptions {
  const isEvent = Object.keys(headers).some((name) => CLOUD_EVENT.test(name));
  const kept: Record<string, unknown> = Object.create(null);
  for (const [name, value] of Object.entries(properties.headers ?? {})) {
    if (!VOLATILE.test(name) && !(isEvent && CLOUD_EVENT.test(name))) kept[name] = value;
  }
  const names = isEvent ? KEPT : ([...KEPT, 'messageId', 'contentType'] as const);
  const others = names.filter((name) => isProperty(properties[name])).map((name) => [name, properties[name]]);
  return { ...Object.fromEntries(others), headers: Object.assign(kept, headers), persistent: true, mandatory: true };
}

function isProperty(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number';
}
