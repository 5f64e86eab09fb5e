import {
  type Clock,
  currentTraceparent,
  type Envelope,
  type Ids,
  InvalidMessageError,
  integerOption,
  MessageEncoder,
  type MessageLimits,
  type OutgoingMessage,
  quoted,
  stringOption,
} from '@holdfast/core';
import { TooManyMessagesError } from './errors/too-many-messages-error.ts';
import type { LogRecord } from './store/log-record.ts';

export interface RecordFactoryOptions {
  /** The service that sends: a CloudEvents `source`, e.g. `/orders`. */
  readonly source: string;
  /** Which destination a message goes to. @default all to `default` */
  readonly route?: (message: OutgoingMessage) => string;
  /**
   * Types whose messages are numbered per key, with the stream that they are numbered in: `{ 'order.placed': 'order' }`. Types
   * of one stream share its numbers. A consumer's sequence gate applies a stream's messages in that order, so its queue must
   * bind all types of the stream. Such messages need a key; they carry the attributes `sequence` and `sequencestream`.
   * @default none
   */
  readonly sequences?: Readonly<Record<string, string>>;
  /** Limits on size and depth, checked when a message is sent. */
  readonly limits?: Partial<MessageLimits>;
  /** Most messages of one `send`. @default 1_000 */
  readonly maxMessagesPerSend?: number;
  /** @default the system's clock */
  readonly clock?: Clock;
  /** @default UUIDv7 */
  readonly ids?: Ids;
}

/** Checks and encodes what is sent. Everything is refused before anything is written. */
export class RecordFactory {
  readonly #encoder: MessageEncoder;
  readonly #route: ((message: OutgoingMessage) => string) | undefined;
  readonly #max: number;
  readonly #streams: ReadonlyMap<string, string>;

  constructor(options: RecordFactoryOptions) {
    const { route, maxMessagesPerSend, sequences = {}, ...encoding } = options;
    this.#encoder = new MessageEncoder(encoding);
    this.#route = route;
    this.#streams = new Map(
      Object.entries(sequences).map(([type, stream]) => [
        type,
        stringOption(`sequences.${quoted(type)}`, stream, { maxBytes: 128 }),
      ]),
    );
    this.#max = integerOption('maxMessagesPerSend', maxMessagesPerSend, { min: 1, max: 10_000, default: 1_000 });
  }

  /** @throws InvalidMessageError, MessageTooLargeError, TooManyMessagesError */
  records(messages: readonly OutgoingMessage[]): readonly LogRecord[] {
    if (messages.length > this.#max) throw new TooManyMessagesError(messages.length, this.#max);
    const traceparent = currentTraceparent();
    return messages.map((message) => {
      const stream = this.#streams.get(message.type);
      return {
        envelope:
          stream === undefined
            ? this.#encoder.encode(message, traceparent)
            : unnumbered(this.#encoder.encode(withSequence(message, stream), traceparent)),
        destination: this.#route?.(message) ?? 'default',
        delayMs: integerOption('delayMs', message.delayMs, { min: 0, max: MAX_DELAY_MS, default: 0 }),
        ...(stream !== undefined && { stream }),
      };
    });
  }
}

/** Stands for the number that is not known yet, so that the limits of attributes hold for it. */
const LONGEST_NUMBER = '9223372036854775807';

function withSequence(message: OutgoingMessage, stream: string): OutgoingMessage {
  const { type, key, extensions = {} } = message;
  if (key === undefined)
    throw new InvalidMessageError('key', `is missing: messages of type ${quoted(type)} are numbered per key`);
  for (const name of ['sequence', 'sequencestream']) {
    if (!Object.hasOwn(extensions, name)) continue;
    throw new InvalidMessageError(`extensions.${name}`, `is given by the outbox to messages of type ${quoted(type)}`);
  }
  return { ...message, extensions: { ...extensions, sequencestream: stream, sequence: LONGEST_NUMBER } };
}

function unnumbered(envelope: Envelope): Envelope {
  const { sequence: _longest, ...attributes } = envelope.attributes;
  return { ...envelope, attributes: Object.assign(Object.create(null), attributes) };
}

/** A year: a longer delay is a schedule, and belongs in a table of the application's own. */
const MAX_DELAY_MS = 366 * 24 * 3_600_000;
