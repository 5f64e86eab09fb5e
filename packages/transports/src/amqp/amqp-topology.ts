import { InvalidOptionError, quoted, summarizeError } from '@holdfast/core';
import { QueueMismatchError } from '../errors/queue-mismatch-error.ts';
import { TransportUnavailableError } from '../errors/transport-unavailable-error.ts';
import { UnknownQueueError } from '../errors/unknown-queue-error.ts';
import { assertSameProperties, type QueueProperties } from '../topology/queue-properties.ts';
import type { AmqpChannel, AmqpConnection, AmqpQueueOptions } from './amqp-client.ts';
import type { AmqpSettings } from './amqp-settings.ts';
import { answerInTime } from './answer-deadline.ts';
import {
  deadLetterExchange,
  deadLetterQueue,
  delayQueue,
  delayQueueName,
  groupQueue,
  parseQueueMark,
  questionAboutQueue,
  queueMark,
} from './queue-blueprint.ts';
import { isPreconditionFailed, refusedDeclaration, replyCodeOf } from './refused-declaration.ts';
import { routingKeyOf } from './routing-key.ts';

const NOT_FOUND = 404;
/** Room for the names of the queues that hold messages back. */
const MAX_NAME_BYTES = 230;

/** How a queue is read: for how long, and where its dead letters go. */
export interface QueueTerms {
  readonly leaseMs: number;
  readonly deadLetters: { readonly exchange: string; readonly routingKey: string };
}

/** Exchanges, queues and bindings. What was declared here is declared again on each new connection. */
export class AmqpTopology {
  readonly #settings: AmqpSettings;
  readonly #declared = new Map<string, QueueProperties>();
  /** The lease of dead-letter queues that were declared here. */
  readonly #deadLetterLeases = new Map<string, number>();

  constructor(settings: AmqpSettings) {
    this.#settings = settings;
  }

  /** @throws QueueMismatchError, InvalidOptionError, TransportUnavailableError */
  async declare(connection: AmqpConnection, properties: QueueProperties): Promise<void> {
    assertNames(properties);
    const known = this.#declared.get(properties.queue);
    if (known !== undefined) assertSameProperties(known, properties);
    await this.#declareQueue(connection, properties);
    this.#declared.set(properties.queue, properties);
    const { deadLetterQueue: dead, leaseMs } = properties;
    if (!this.#deadLetterLeases.has(dead)) this.#deadLetterLeases.set(dead, leaseMs);
  }

  /** Makes everything again that was declared here: a broker may have lost it. */
  async restore(connection: AmqpConnection): Promise<void> {
    await this.#declareExchanges(connection);
    for (const properties of this.#declared.values()) {
      try {
        await this.#declareQueue(connection, properties);
      } catch (error) {
        if (error instanceof TransportUnavailableError) throw error;
        const reason = summarizeError(error);
        this.#settings.onEvent({ type: 'declaration-failed', queue: properties.queue, reason });
      }
    }
  }

  /** How an existing queue is to be read, whoever declared it. @throws UnknownQueueError */
  async termsOf(connection: AmqpConnection, queue: string): Promise<QueueTerms> {
    const { leaseMs } = this.#settings;
    const declared = this.#declared.get(queue);
    if (declared !== undefined) return this.#terms(declared.leaseMs, queueMark(declared));
    const itself = { exchange: '', routingKey: queue };
    const lease = this.#deadLetterLeases.get(queue);
    if (lease !== undefined) return { leaseMs: lease, deadLetters: itself };
    const mark = await this.#ask(connection, queue);
    const parsed = mark === null ? null : parseQueueMark(mark);
    if (mark !== null && parsed !== null) return this.#terms(parsed.leaseMs, mark);
    if (mark !== null) return { leaseMs, deadLetters: itself };
    return { leaseMs, deadLetters: { exchange: '', routingKey: `${queue}.dead-letter` } };
  }

  /** Makes sure that the queue that holds messages back for so long exists for long enough. Returns its name. */
  async delayQueue(connection: AmqpConnection, queue: string, delayMs: number): Promise<string> {
    const name = delayQueueName(queue, delayMs);
    await this.#assertQueue(connection, name, delayQueue(queue, delayMs, this.#settings));
    return name;
  }

  #terms(leaseMs: number, mark: string): QueueTerms {
    return { leaseMs, deadLetters: { exchange: deadLetterExchange(this.#settings.exchange), routingKey: mark } };
  }

  async #declareQueue(connection: AmqpConnection, properties: QueueProperties): Promise<void> {
    const { queue, types, deadLetterQueue: dead } = properties;
    const mark = queueMark(properties);
    await this.#declareExchanges(connection);
    // What can be refused comes first, so that a refusal leaves nothing behind.
    const exists = await this.#exists(connection, queue);
    if (exists) await this.#assertGroupQueue(connection, properties, mark);
    await this.#assertDeadLetterQueue(connection, dead, queue);
    if (!exists) await this.#assertGroupQueue(connection, properties, mark);
    await this.#withChannel(connection, `bind "${queue}"`, async (channel) => {
      await channel.bindQueue(dead, deadLetterExchange(this.#settings.exchange), mark);
      const patterns = types.includes('*') ? ['#'] : types.map(routingKeyOf);
      for (const pattern of patterns) await channel.bindQueue(queue, this.#settings.exchange, pattern);
    });
  }

  async #declareExchanges(connection: AmqpConnection): Promise<void> {
    const { exchange } = this.#settings;
    await this.#withChannel(connection, `declare exchange "${exchange}"`, async (channel) => {
      await channel.assertExchange(exchange, 'topic', { durable: true });
      await channel.assertExchange(deadLetterExchange(exchange), 'direct', { durable: true });
    });
  }

  async #assertGroupQueue(connection: AmqpConnection, properties: QueueProperties, mark: string): Promise<void> {
    const { queue } = properties;
    try {
      await this.#assertQueue(connection, queue, groupQueue(mark, this.#settings));
    } catch (error) {
      if (isPreconditionFailed(error)) throw mismatch(properties, error);
      throw error;
    }
  }

  async #assertDeadLetterQueue(connection: AmqpConnection, dead: string, queue: string): Promise<void> {
    try {
      await this.#assertQueue(connection, dead, deadLetterQueue(this.#settings));
    } catch (error) {
      if (!isPreconditionFailed(error)) throw error;
      throw new QueueMismatchError(
        {
          queue: dead,
          property: 'deadLetterQueue',
          existing: 'another queue',
          declared: `the dead-letter queue of "${queue}"`,
        },
        { cause: error },
      );
    }
  }

  async #assertQueue(connection: AmqpConnection, queue: string, options: AmqpQueueOptions): Promise<void> {
    await this.#withChannel(connection, `declare ${quoted(queue)}`, (channel) => channel.assertQueue(queue, options));
  }

  async #exists(connection: AmqpConnection, queue: string): Promise<boolean> {
    try {
      await this.#withChannel(connection, `look for ${quoted(queue)}`, (channel) => channel.checkQueue(queue));
      return true;
    } catch (error) {
      if (replyCodeOf(error) === NOT_FOUND) return false;
      throw error;
    }
  }

  /** The mark of a queue; `null` when it has none, or we are not allowed to ask. */
  async #ask(connection: AmqpConnection, queue: string): Promise<string | null> {
    if (!(await this.#exists(connection, queue))) throw new UnknownQueueError(queue);
    try {
      await this.#withChannel(connection, `ask about ${quoted(queue)}`, async (channel) => {
        await channel.assertQueue(queue, questionAboutQueue(this.#settings));
        // It was deleted since, and we have made it: it is nobody's.
        await channel.deleteQueue(queue, { ifUnused: true, ifEmpty: true });
      });
    } catch (error) {
      if (error instanceof TransportUnavailableError) throw error;
      const refused = refusedDeclaration(error);
      return refused?.argument === 'x-dead-letter-routing-key' ? refused.existing : null;
    }
    throw new UnknownQueueError(queue);
  }

  /** On a channel of its own: the broker closes the channel of a request that it refuses. */
  async #withChannel<T>(
    connection: AmqpConnection,
    activity: string,
    act: (channel: AmqpChannel) => Promise<T>,
  ): Promise<T> {
    const { clock, answerTimeoutMs: ms } = this.#settings;
    const run = async (): Promise<T> => {
      const channel = await connection.createChannel();
      // The request that is refused rejects; the event that comes with it must not end the process.
      channel.on('error', () => {});
      const result = await act(channel);
      await channel.close();
      return result;
    };
    try {
      return await answerInTime(run(), { clock, ms, activity });
    } catch (error) {
      // With a code it is the broker's own answer.
      if (replyCodeOf(error) !== null) throw error;
      throw error instanceof TransportUnavailableError
        ? error
        : new TransportUnavailableError(activity, { cause: error });
    }
  }
}

function assertNames({ queue, deadLetterQueue: dead, types }: QueueProperties): void {
  for (const [option, name] of Object.entries({ queue, deadLetterQueue: dead })) {
    if (name.startsWith('amq.') || Buffer.byteLength(name) > MAX_NAME_BYTES) {
      throw new InvalidOptionError(option, name, `at most ${MAX_NAME_BYTES} bytes that do not start with "amq."`);
    }
  }
  for (const type of types) {
    try {
      routingKeyOf(type);
    } catch {
      throw new InvalidOptionError('types', type, 'event types that fit into a routing key of 255 bytes');
    }
  }
}

/** Names the property that differs, as far as the broker tells. */
function mismatch(properties: QueueProperties, cause: unknown): QueueMismatchError {
  const { queue } = properties;
  const refused = refusedDeclaration(cause);
  const existing = parseQueueMark(refused?.existing ?? '');
  const declared = parseQueueMark(queueMark(properties));
  if (existing === null || declared === null) {
    const what = refused === null ? 'other arguments' : `${refused.argument}: ${refused.existing}`;
    return new QueueMismatchError(
      { queue, property: 'queue', existing: what, declared: 'a queue of a group' },
      { cause },
    );
  }
  const differing = { queue, declared: '', existing: '' };
  if (existing.types !== declared.types) {
    return new QueueMismatchError(
      { ...differing, property: 'types', existing: 'other types', declared: properties.types.join(', ') },
      { cause },
    );
  }
  if (existing.deadLetterQueue !== declared.deadLetterQueue) {
    const dead = { existing: 'another queue', declared: properties.deadLetterQueue };
    return new QueueMismatchError({ queue, property: 'deadLetterQueue', ...dead }, { cause });
  }
  const leases = { existing: String(existing.leaseMs), declared: String(declared.leaseMs) };
  return new QueueMismatchError({ queue, property: 'leaseMs', ...leases }, { cause });
}
