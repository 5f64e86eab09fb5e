import {
  type Clock,
  currentTraceparent,
  type Ids,
  integerOption,
  MessageEncoder,
  type MessageLimits,
  type OutgoingMessage,
} from '@holdfast/core';
import { TooManyMessagesError } from './errors/too-many-messages-error.ts';
import type { LogRecord } from './store/log-record.ts';

export interface RecordFactoryOptions {
  /** The service that sends: a CloudEvents `source`, e.g. `/orders`. */
  readonly source: string;
  /** Which destination a message goes to. @default all to `default` */
  readonly route?: (message: OutgoingMessage) => string;
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

  constructor(options: RecordFactoryOptions) {
    const { route, maxMessagesPerSend, ...encoding } = options;
    this.#encoder = new MessageEncoder(encoding);
    this.#route = route;
    this.#max = integerOption('maxMessagesPerSend', maxMessagesPerSend, { min: 1, max: 10_000, default: 1_000 });
  }

  /** @throws InvalidMessageError, MessageTooLargeError, TooManyMessagesError */
  records(messages: readonly OutgoingMessage[]): readonly LogRecord[] {
    if (messages.length > this.#max) throw new TooManyMessagesError(messages.length, this.#max);
    const traceparent = currentTraceparent();
    return messages.map((message) => ({
      envelope: this.#encoder.encode(message, traceparent),
      destination: this.#route?.(message) ?? 'default',
      delayMs: integerOption('delayMs', message.delayMs, { min: 0, max: MAX_DELAY_MS, default: 0 }),
    }));
  }
}

/** A year: a longer delay is a schedule, and belongs in a table of the application's own. */
const MAX_DELAY_MS = 366 * 24 * 3_600_000;
