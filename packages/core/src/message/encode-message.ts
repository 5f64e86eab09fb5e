import { UuidV7Ids } from '../chance/uuid-v7-ids.ts';
import { InvalidMessageError } from '../errors/invalid-message-error.ts';
import { MessageTooLargeError } from '../errors/message-too-large-error.ts';
import { quoted } from '../errors/quoted.ts';
import { stringOption } from '../options/string-option.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';
import { SystemClock } from '../time/system-clock.ts';
import type { Envelope } from './envelope.ts';
import { findDataProblem } from './find-data-problem.ts';
import { type MessageLimits, messageLimits } from './message-limits.ts';
import type { OutgoingMessage } from './outgoing-message.ts';
import { attributeLimits, textProblem } from './text-problem.ts';
import { isTraceparent } from './traceparent.ts';

export interface MessageEncoderOptions {
  /** The CloudEvents `source` of this service: a URI-reference such as `/orders` or `urn:shop:orders`. */
  readonly source: string;
  readonly limits?: Partial<MessageLimits>;
  /** @default UUIDv7 */
  readonly ids?: Ids;
  /** @default the system's clock */
  readonly clock?: Clock;
}

const EXTENSION_NAME = /^[a-z0-9]{1,20}$/;
const RESERVED = new Set([
  'id',
  'source',
  'type',
  'specversion',
  'time',
  'subject',
  'dataschema',
  'datacontenttype',
  'data',
  'partitionkey',
  'correlationid',
  'causationid',
  'traceparent',
]);

/** Turns outgoing messages into envelopes. What JSON would lose or change is refused, with the path of the value. */
export class MessageEncoder {
  readonly #source: string;
  readonly #limits: MessageLimits;
  readonly #ids: Ids;
  readonly #clock: Clock;
  #timeMs = Number.NaN;
  #time = '';

  constructor(options: MessageEncoderOptions) {
    this.#source = stringOption('source', options.source, { maxBytes: attributeLimits.source });
    this.#limits = messageLimits(options.limits);
    this.#clock = options.clock ?? new SystemClock();
    this.#ids = options.ids ?? new UuidV7Ids({ clock: this.#clock });
  }

  /**
   * @param traceparent W3C trace context to carry; left out when it is not valid.
   * @throws InvalidMessageError, MessageTooLargeError
   */
  encode(message: OutgoingMessage, traceparent?: string): Envelope {
    const { id = this.#ids.next(), type, key = null, delayMs } = message;
    requireText('type', type, attributeLimits.type);
    requireText('id', id, attributeLimits.id);
    if (key !== null) requireText('key', key, attributeLimits.key);
    if (delayMs !== undefined && !(delayMs >= 0 && delayMs <= Number.MAX_SAFE_INTEGER)) {
      throw new InvalidMessageError('delayMs', 'is not a number of milliseconds, zero or more');
    }
    const attributes = this.#attributesOf(message, traceparent);
    return { id, source: this.#source, type, key, attributes, body: this.#bodyOf(message.data) };
  }

  #attributesOf(message: OutgoingMessage, traceparent: string | undefined): Readonly<Record<string, string>> {
    const { subject, dataschema, correlationId, causationId, extensions } = message;
    const { maxHeaderBytes } = this.#limits;
    const attributes: Record<string, string> = Object.create(null);
    attributes['time'] = this.#timeNow();
    attributes['datacontenttype'] = 'application/json';
    if (dataschema !== undefined) {
      attributes['dataschema'] = attribute('dataschema', dataschema, maxHeaderBytes);
    }
    if (subject !== undefined) attributes['subject'] = attribute('subject', subject, maxHeaderBytes);
    if (correlationId !== undefined) {
      attributes['correlationid'] = attribute('correlationId', correlationId, maxHeaderBytes);
    }
    if (causationId !== undefined) attributes['causationid'] = attribute('causationId', causationId, maxHeaderBytes);
    if (traceparent !== undefined && isTraceparent(traceparent)) attributes['traceparent'] = traceparent;
    if (extensions !== undefined) this.#addExtensions(attributes, extensions);
    return attributes;
  }

  #addExtensions(attributes: Record<string, string>, extensions: Readonly<Record<string, string>>): void {
    const { maxHeaders, maxHeaderBytes } = this.#limits;
    const names = Object.keys(extensions);
    const count = Object.keys(attributes).length + names.length;
    if (count > maxHeaders) throw new MessageTooLargeError('attributes', count, maxHeaders);
    for (const name of names) {
      if (!EXTENSION_NAME.test(name)) {
        throw new InvalidMessageError(
          'extensions',
          `has the name ${quoted(name, 40)}: use 1 to 20 lower-case letters and digits`,
        );
      }
      if (RESERVED.has(name)) throw new InvalidMessageError(`extensions.${name}`, 'is a reserved name');
      attributes[name] = extensionValue(name, extensions[name], maxHeaderBytes);
    }
  }

  #bodyOf(data: unknown): Uint8Array {
    const { maxBytes, maxDepth } = this.#limits;
    const body = Buffer.from(toJson(data, maxDepth));
    if (body.byteLength > maxBytes) throw new MessageTooLargeError('body bytes', body.byteLength, maxBytes);
    return body;
  }

  /** RFC 3339. Many messages are made within one millisecond, so the text is kept. */
  #timeNow(): string {
    const now = Math.floor(this.#clock.now());
    if (now !== this.#timeMs) {
      this.#timeMs = now;
      this.#time = new Date(now).toISOString();
    }
    return this.#time;
  }
}

function requireText(field: string, text: unknown, maxBytes: number): void {
  const problem = textProblem(text, maxBytes);
  if (problem !== undefined) throw new InvalidMessageError(field, problem);
}

function attribute(field: string, text: string, maxHeaderBytes: number): string {
  const problem = textProblem(text, maxHeaderBytes - field.length);
  if (problem !== undefined) throw new InvalidMessageError(field, problem);
  return text;
}

function extensionValue(name: string, value: unknown, maxHeaderBytes: number): string {
  if (value === '') return '';
  const problem = textProblem(value, maxHeaderBytes - name.length);
  if (problem !== undefined) throw new InvalidMessageError(`extensions.${name}`, problem);
  return value as string;
}

function toJson(data: unknown, maxDepth: number): string {
  try {
    const problem = findDataProblem(data, maxDepth);
    if (problem !== undefined) throw new InvalidMessageError(problem.path, problem.reason);
    const json: string | undefined = JSON.stringify(data);
    if (json === undefined) throw new InvalidMessageError('data', 'is undefined, which JSON cannot carry');
    return json;
  } catch (error) {
    if (error instanceof InvalidMessageError) throw error;
    // A getter or `toJSON` of the caller threw, or the text is longer than a string can be.
    throw new InvalidMessageError('data', 'cannot be written as JSON', { cause: error });
  }
}
