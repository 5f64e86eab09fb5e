import {
  booleanOption,
  type Clock,
  type Ids,
  InvalidOptionError,
  integerOption,
  oneOfOption,
  type Random,
  SystemClock,
  SystemRandom,
  stringOption,
  UuidV7Ids,
} from '@holdfast/core';
import type { AmqpConnection } from './amqp-client.ts';
import type { AmqpEvent } from './amqp-event.ts';

export interface AmqpTransportOptions {
  /**
   * Opens a connection: `() => amqplib.connect('amqp://…?heartbeat=5', { noDelay: true, timeout: 10_000 })`. Called for each
   * of the two connections and for each reconnection. Without `timeout` a socket stays open when the other end is silent
   * while connecting. amqplib takes the heartbeat (in seconds) from the URL, not from these options. Do not give `recovery`:
   * reconnecting is done here.
   */
  readonly connect: () => Promise<AmqpConnection>;
  /** The durable topic exchange that all messages go through. @default 'holdfast' */
  readonly exchange?: string;
  /** What queues are made of. Quorum queues survive the loss of a node. @default 'quorum' */
  readonly queueType?: 'quorum' | 'classic';
  /** Largest body in bytes. @default 1_048_576 */
  readonly maxMessageBytes?: number;
  /** How many published messages may be without a confirm. @default 1_000 */
  readonly windowSize?: number;
  /** How many bytes of bodies may be without a confirm; one message always may. @default 16_777_216 */
  readonly windowBytes?: number;
  /**
   * How long a message waits for room in the window, and then for its confirm, in milliseconds. After it the connection is
   * replaced: a late confirm could not be told from another's. @default 10_000
   */
  readonly confirmTimeoutMs?: number;
  /** How many messages a reader holds at most, pulled ahead ones included. @default 1_000 */
  readonly prefetch?: number;
  /**
   * Whether `ack` resolves when the broker has the ack: then the message does not come again, also when the connection is
   * lost. It costs a round trip for the acks of one turn of the event loop. Else `ack` resolves at once, and an ack that is
   * lost with its connection makes the message come again. @default true
   */
  readonly confirmAcks?: boolean;
  /** How long a message that was pulled ahead waits for a pull before it is handed back, in milliseconds. @default 200 */
  readonly bufferMs?: number;
  /** The lease of a queue whose declaration cannot be found out, in milliseconds. @default 30_000 */
  readonly leaseMs?: number;
  /** How long to wait for a connection, and for each answer of the broker, in milliseconds. @default 10_000 */
  readonly answerTimeoutMs?: number;
  /** A connection that has been silent for this long, and answers no question, is replaced; in milliseconds. @default 10_000 */
  readonly silenceMs?: number;
  /** Longest pause between attempts to connect, with full jitter, in milliseconds. @default 2_000 */
  readonly maxBackoffMs?: number;
  /** Told what happens to the connections. What it throws is dropped. */
  readonly onEvent?: (event: AmqpEvent) => void;
  /** @default the system's clock */
  readonly clock?: Clock;
  /** @default the system's */
  readonly random?: Random;
  /** Names for messages that have none. @default UUIDv7 */
  readonly ids?: Ids;
}

/** {@link AmqpTransportOptions}, validated and completed. */
export type AmqpSettings = Required<AmqpTransportOptions>;

const MAX_MESSAGE_BYTES = 134_217_728;
const MAX_PREFETCH = 65_535;

/** @throws InvalidOptionError */
export function amqpSettings(options: AmqpTransportOptions): AmqpSettings {
  const { connect, onEvent, random, clock = new SystemClock() } = options;
  if (typeof connect !== 'function') throw new InvalidOptionError('connect', connect, 'a function that connects');
  const milliseconds = (name: 'confirmTimeoutMs' | 'answerTimeoutMs' | 'silenceMs', least: number) =>
    integerOption(name, options[name], { min: least, default: 10_000 });
  return {
    connect,
    exchange: exchangeName(options.exchange),
    queueType: oneOfOption('queueType', options.queueType, { allowed: ['quorum', 'classic'], default: 'quorum' }),
    maxMessageBytes: integerOption('maxMessageBytes', options.maxMessageBytes, {
      min: 1,
      max: MAX_MESSAGE_BYTES,
      default: 1_048_576,
    }),
    windowSize: integerOption('windowSize', options.windowSize, { min: 1, max: 100_000, default: 1_000 }),
    windowBytes: integerOption('windowBytes', options.windowBytes, { min: 1, default: 16_777_216 }),
    confirmTimeoutMs: milliseconds('confirmTimeoutMs', 1),
    prefetch: integerOption('prefetch', options.prefetch, { min: 1, max: MAX_PREFETCH, default: 1_000 }),
    confirmAcks: booleanOption('confirmAcks', options.confirmAcks, true),
    bufferMs: integerOption('bufferMs', options.bufferMs, { min: 1, default: 200 }),
    leaseMs: integerOption('leaseMs', options.leaseMs, { min: 1, default: 30_000 }),
    answerTimeoutMs: milliseconds('answerTimeoutMs', 1),
    silenceMs: milliseconds('silenceMs', 2),
    maxBackoffMs: integerOption('maxBackoffMs', options.maxBackoffMs, { min: 1, default: 2_000 }),
    onEvent: (event) => {
      try {
        onEvent?.(event);
      } catch {
        // Telling about an event must not change what happens.
      }
    },
    clock,
    random: random ?? new SystemRandom(),
    ids: options.ids ?? new UuidV7Ids(random === undefined ? { clock } : { clock, random }),
  };
}

function exchangeName(given: string | undefined): string {
  const name = stringOption('exchange', given, { maxBytes: 200, default: 'holdfast' });
  if (name.startsWith('amq.')) throw new InvalidOptionError('exchange', name, 'a name that does not start with "amq."');
  return name;
}
