import { createHash } from 'node:crypto';
import type { QueueProperties } from '../topology/queue-properties.ts';
import type { AmqpQueueOptions } from './amqp-client.ts';
import type { AmqpSettings } from './amqp-settings.ts';

type Plan = Pick<AmqpSettings, 'queueType' | 'exchange'>;

const SCHEME = 'hf1';
const DEAD_LETTERS = `${SCHEME}-dead`;
const DIGEST_CHARACTERS = 12;
const MARK = /^hf1-(\d{1,16})-([\w-]{12})-([\w-]{12})$/;
/** A queue that nobody used for a week after its messages have left it is deleted. */
const UNUSED_MS = 604_800_000;
const NO_LIMIT = 2_000_000_000;
const MAX_TTL_MS = 4_294_967_295;

/** What {@link queueMark} says of a queue. */
export interface QueueMark {
  readonly leaseMs: number;
  readonly types: string;
  readonly deadLetterQueue: string;
}

/**
 * The properties of a queue as a short text that the broker keeps and compares. It is the queue's dead-letter routing key:
 * of all arguments the one that RabbitMQ neither ignores nor gives a meaning, and that it tells in the error when another
 * one is declared. Short, because that error has 255 bytes.
 */
export function queueMark({ leaseMs, types, deadLetterQueue }: QueueProperties): string {
  return `${SCHEME}-${leaseMs}-${digest(types.join('\n'))}-${digest(deadLetterQueue)}`;
}

/** The reverse of {@link queueMark}, with digests for names; `null` when it is none. */
export function parseQueueMark(mark: string): QueueMark | null {
  const [, leaseMs, types, deadLetterQueue] = MARK.exec(mark) ?? [];
  if (leaseMs === undefined || types === undefined || deadLetterQueue === undefined) return null;
  return { leaseMs: Number(leaseMs), types, deadLetterQueue };
}

export function deadLetterExchange(exchange: string): string {
  return `${exchange}.dead-letter`;
}

/** A group's queue. What the broker itself gives up (by a policy of the operator) goes to the dead-letter queue, too. */
export function groupQueue(mark: string, { queueType, exchange }: Plan): AmqpQueueOptions {
  return {
    durable: true,
    arguments: {
      'x-queue-type': queueType,
      'x-dead-letter-exchange': deadLetterExchange(exchange),
      'x-dead-letter-routing-key': mark,
      ...inPlace(queueType),
      ...safeDeadLettering(queueType),
    },
  };
}

/** Marked as what it is: to be read with the reader's own lease, and to put what is refused again back into itself. */
export function deadLetterQueue({ queueType, exchange }: Plan): AmqpQueueOptions {
  return {
    durable: true,
    arguments: {
      'x-queue-type': queueType,
      'x-dead-letter-exchange': deadLetterExchange(exchange),
      'x-dead-letter-routing-key': DEAD_LETTERS,
      ...inPlace(queueType),
    },
  };
}

/** Holds messages for as long as its name says, and then puts them at the end of the queue. */
export function delayQueue(queue: string, delayMs: number, { queueType }: Plan): AmqpQueueOptions {
  return {
    durable: true,
    arguments: {
      'x-queue-type': queueType,
      'x-message-ttl': delayMs,
      // Counted from the last declaration, whether or not there are messages in it.
      'x-expires': Math.min(MAX_TTL_MS, 2 * delayMs + UNUSED_MS),
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': queue,
      ...safeDeadLettering(queueType),
    },
  };
}

export function delayQueueName(queue: string, delayMs: number): string {
  return `${queue}.retry.${delayMs}`;
}

/** Asks the broker, by being refused, what the mark of an existing queue is. */
export function questionAboutQueue({ queueType, exchange }: Plan): AmqpQueueOptions {
  return {
    durable: true,
    arguments: {
      'x-queue-type': queueType,
      'x-dead-letter-exchange': deadLetterExchange(exchange),
      'x-dead-letter-routing-key': '?',
    },
  };
}

/**
 * What is given back keeps its place in a quorum queue only when there is a limit of deliveries; without one it goes behind
 * all others. Giving messages up is not the broker's business (from 4.0 on it does after 20 deliveries), so there is one
 * that is never reached.
 */
function inPlace(queueType: AmqpSettings['queueType']): Readonly<Record<string, number>> {
  return queueType === 'classic' ? {} : { 'x-delivery-limit': NO_LIMIT };
}

/** A message that the broker moves is in one of the two queues at any time. Only quorum queues can do that. */
function safeDeadLettering(queueType: AmqpSettings['queueType']): Readonly<Record<string, string>> {
  if (queueType === 'classic') return {};
  return { 'x-dead-letter-strategy': 'at-least-once', 'x-overflow': 'reject-publish' };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, DIGEST_CHARACTERS);
}
