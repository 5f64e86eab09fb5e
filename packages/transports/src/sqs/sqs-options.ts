import {
  booleanOption,
  type Clock,
  type Ids,
  InvalidOptionError,
  integerOption,
  SystemClock,
  stringOption,
  UuidV7Ids,
} from '@holdfast/core';
import type { FanOut } from '../aws/fan-out.ts';
import type { SqsClient } from './sqs-api.ts';
import type { SqsEvent } from './sqs-event.ts';

export interface SqsTransportOptions {
  /** Built, owned and closed by the caller. */
  readonly sqs: SqsClient;
  /** One topic in front of the queues: `new SnsFanOut(snsClient)` of `@holdfast/transports/sns`. @default none: each queue is sent to */
  readonly fanOut?: FanOut;
  /** FIFO queues (and topic): order per key, 5 minutes of deduplication. @default false */
  readonly fifo?: boolean;
  /** Begins the names of queues, and is the name of the topic. Letters, digits and `-`, up to 32. @default 'holdfast' */
  readonly namespace?: string;
  /** @default the system's clock */
  readonly clock?: Clock;
  /** For names of requests. @default UUIDv7 */
  readonly ids?: Ids;
  /** How long the answer of one request may take. @default 10_000 */
  readonly requestTimeoutMs?: number;
  /** How long one call of `publish` may take, requests after each other included. @default 30_000 */
  readonly publishTimeoutMs?: number;
  /** How long `close` lets requests end by themselves. @default 5 seconds more than `longPollMs` */
  readonly closeTimeoutMs?: number;
  /** Largest body in bytes. @default 262_144 */
  readonly maxMessageBytes?: number;
  /** Largest request to a queue in bytes, all its messages with their attributes. @default 1_048_576 */
  readonly maxRequestBytes?: number;
  /** How many requests are in flight to one queue or topic, for each kind of request. @default 10 */
  readonly sendConcurrency?: number;
  /** How many requests of one reader receive at once, when there is a backlog. @default 10 */
  readonly receiveConcurrency?: number;
  /** The longest single wait for messages; whole seconds up to 20. Stopping takes as long, at most. @default 5_000 */
  readonly longPollMs?: number;
  /** After how long queues that other processes declared are looked for again. @default 30_000 */
  readonly routesMaxAgeMs?: number;
  /**
   * After so many deliveries SQS itself moves a message to the dead-letter queue, without a reason: for consumers that die
   * each time. At most 1,000. @default 1_000
   */
  readonly maxReceiveCount?: number;
  /** Told of what happens beside the calls. What it throws is ignored. */
  readonly onEvent?: (event: SqsEvent) => void;
}

/** The options, validated and completed. */
export interface SqsSettings extends Required<Omit<SqsTransportOptions, 'fanOut'>> {
  readonly fanOut: FanOut | null;
}

/** @throws InvalidOptionError */
export function sqsSettings(options: SqsTransportOptions): SqsSettings {
  const { sqs, fanOut = null, clock = new SystemClock(), onEvent = () => {} } = options;
  if (typeof sqs?.send !== 'function') throw new InvalidOptionError('sqs', sqs, 'a client of SQS');
  if (fanOut !== null && typeof fanOut.open !== 'function') {
    throw new InvalidOptionError('fanOut', fanOut, 'a fan-out, such as an SnsFanOut');
  }
  const longPollMs = integerOption('longPollMs', options.longPollMs, { min: 1_000, max: 20_000, default: 5_000 });
  const ids = options.ids ?? new UuidV7Ids({ clock });
  return {
    sqs,
    fanOut,
    fifo: booleanOption('fifo', options.fifo, false),
    clock,
    ids,
    namespace: stringOption('namespace', options.namespace, {
      maxBytes: 32,
      pattern: /^[A-Za-z0-9-]+$/,
      allowed: 'letters, digits and "-"',
      default: 'holdfast',
    }),
    requestTimeoutMs: integerOption('requestTimeoutMs', options.requestTimeoutMs, { min: 1, default: 10_000 }),
    publishTimeoutMs: integerOption('publishTimeoutMs', options.publishTimeoutMs, { min: 1, default: 30_000 }),
    closeTimeoutMs: integerOption('closeTimeoutMs', options.closeTimeoutMs, { min: 0, default: longPollMs + 5_000 }),
    maxMessageBytes: integerOption('maxMessageBytes', options.maxMessageBytes, { min: 1, default: 262_144 }),
    maxRequestBytes: integerOption('maxRequestBytes', options.maxRequestBytes, { min: 1_024, default: 1_048_576 }),
    sendConcurrency: integerOption('sendConcurrency', options.sendConcurrency, { min: 1, max: 1_000, default: 10 }),
    receiveConcurrency: integerOption('receiveConcurrency', options.receiveConcurrency, {
      min: 1,
      max: 1_000,
      default: 10,
    }),
    longPollMs,
    routesMaxAgeMs: integerOption('routesMaxAgeMs', options.routesMaxAgeMs, { min: 0, default: 30_000 }),
    maxReceiveCount: integerOption('maxReceiveCount', options.maxReceiveCount, { min: 1, max: 1_000, default: 1_000 }),
    onEvent: (event) => {
      try {
        onEvent(event);
      } catch {
        // A listener's error is not ours to handle, and must not change what became of a message.
      }
    },
  };
}
