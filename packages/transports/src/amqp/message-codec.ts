import { type Envelope, isHoldfastError, MalformedMessageError, quoted } from '@holdfast/core';
import type { AmqpMessage, AmqpPublishOptions } from './amqp-client.ts';

/** Headers of ours that are no attributes. */
export const ownHeaders = Object.freeze({
  /** The number of a published message on its channel: tells which one the broker returns. */
  tag: 'x-holdfast-tag',
  /** How often a message was delivered before it was put back with a delay. */
  deliveries: 'x-holdfast-deliveries',
});

const PREFIX = 'cloudEvents_';
/** What the binding of CloudEvents to AMQP 1.0 says; some clients of 0-9-1 use it too. */
const OTHER_PREFIX = 'cloudEvents:';
const NAME = /^[a-z0-9]{1,64}$/;
const MAX_SHORT_BYTES = 255;
const IDENTITY: ReadonlySet<string> = new Set(['id', 'source', 'type', 'partitionkey', 'specversion']);
const USUAL = [
  'time',
  'subject',
  'dataschema',
  'correlationid',
  'causationid',
  'traceparent',
  'tracestate',
  'sequence',
];
/** Joining and cutting names for each message costs more than all else. */
const USUAL_HEADERS: ReadonlyMap<string, string> = new Map(USUAL.map((name) => [name, PREFIX + name]));
const USUAL_NAMES: ReadonlyMap<string, string> = new Map([...USUAL, ...IDENTITY].map((name) => [PREFIX + name, name]));
const utf8 = new TextDecoder('utf-8', { fatal: true });

type Identity = Record<'id' | 'source' | 'type' | 'partitionkey', string | undefined>;
type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

/**
 * An envelope as headers and properties: CloudEvents in binary mode. The body is not touched.
 * @throws MalformedMessageError when an attribute cannot be carried
 */
export function encodeMessage(envelope: Envelope, tag: number): AmqpPublishOptions {
  const { id, source, type, key, attributes } = envelope;
  const headers: Record<string, unknown> = {
    cloudEvents_specversion: '1.0',
    cloudEvents_id: identityText('id', id),
    cloudEvents_source: identityText('source', source),
    cloudEvents_type: identityText('type', type),
  };
  if (key !== null) headers['cloudEvents_partitionkey'] = text('partitionkey', key);
  const properties: Mutable<AmqpPublishOptions> = { headers, persistent: true, mandatory: true };
  for (const name in attributes) {
    const value = text(name, attributes[name]);
    if (name === 'datacontenttype' && isShort(value)) properties.contentType = value;
    else headers[USUAL_HEADERS.get(name) ?? PREFIX + attributeName(name)] = value;
  }
  headers[ownHeaders.tag] = tag;
  if (isShort(id)) properties.messageId = id;
  return properties;
}

/** The reverse of {@link encodeMessage}, for messages from anywhere. @throws MalformedMessageError */
export function decodeMessage({ content, properties }: AmqpMessage): Envelope {
  const { headers = {}, contentType } = properties;
  const attributes: Record<string, string> = Object.create(null);
  if (typeof contentType === 'string') attributes['datacontenttype'] = contentType;
  const identity: Identity = { id: undefined, source: undefined, type: undefined, partitionkey: undefined };
  for (const header in headers) {
    const name = USUAL_NAMES.get(header) ?? nameIn(header);
    if (name === null) continue;
    const value = canonical(header, headers[header]);
    if (name === 'specversion') assertVersion(value);
    else if (isIdentity(name)) identity[name] = value;
    else attributes[name] = value;
  }
  const { id, source, type, partitionkey: key = null } = identity;
  // A copy: the bytes of amqplib are a view of everything that came with them, and a receiver may change its own.
  const body = new Uint8Array(content);
  return { id: given('id', id), source: given('source', source), type: given('type', type), key, attributes, body };
}

/** How often the message was delivered, this time included, as far as its headers tell. */
export function deliveryCountOf({ fields, properties }: AmqpMessage): number {
  const before = count(properties.headers?.[ownHeaders.deliveries]);
  const returned = properties.headers?.['x-delivery-count'];
  // Classic queues do not count, they only say that it was not the first time.
  const again = returned === undefined ? Number(fields.redelivered) : count(returned);
  return before + again + 1;
}

/** The number that {@link encodeMessage} was given, or `null`. */
export function tagOf(headers: Readonly<Record<string, unknown>> | undefined): number | null {
  const tag = headers?.[ownHeaders.tag];
  return typeof tag === 'number' ? tag : null;
}

export function isMalformed(error: unknown): error is MalformedMessageError {
  return isHoldfastError(error, 'ERR_CORE_MALFORMED_MESSAGE');
}

/** The name of the attribute in a header, or `null`. Both prefixes have one length. @throws MalformedMessageError */
function nameIn(header: string): string | null {
  if (!header.startsWith(PREFIX) && !header.startsWith(OTHER_PREFIX)) return null;
  const name = header.slice(PREFIX.length);
  return IDENTITY.has(name) ? name : attributeName(name);
}

function identityText(name: string, value: string): string {
  if (value === '') throw new MalformedMessageError(`"${name}" is empty`);
  return text(name, value);
}

function text(name: string, value: unknown): string {
  if (typeof value !== 'string') throw new MalformedMessageError(`${quoted(name)} is not a string`);
  if (!value.isWellFormed()) throw new MalformedMessageError(`${quoted(name)} has lone surrogates`);
  return value;
}

function attributeName(name: string): string {
  if (IDENTITY.has(name) || !NAME.test(name)) {
    throw new MalformedMessageError('an attribute has a name that is not allowed');
  }
  return name;
}

/** Short strings of AMQP have one byte for their length. */
function isShort(value: string): boolean {
  return value.length * 3 <= MAX_SHORT_BYTES || Buffer.byteLength(value) <= MAX_SHORT_BYTES;
}

function given(name: string, value: string | undefined): string {
  if (value === undefined) throw new MalformedMessageError(`header "${PREFIX}${name}" is missing`);
  if (value === '') throw new MalformedMessageError(`header "${PREFIX}${name}" is empty`);
  return value;
}

function isIdentity(name: string): name is keyof Identity {
  return name === 'id' || name === 'source' || name === 'type' || name === 'partitionkey';
}

function assertVersion(version: string): void {
  if (!/^1\.\d{1,3}$/.test(version)) throw new MalformedMessageError('"specversion" is not 1.0');
}

/** The canonical string of CloudEvents for the types that other clients write into headers. */
function canonical(header: string, value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value instanceof Uint8Array) return textOf(value);
  const time = timestampOf(value);
  if (time === null) throw new MalformedMessageError(`header ${quoted(header)} is of a type that is no attribute`);
  return time;
}

/** Strings of clients that do not tell text from bytes; other bytes as CloudEvents writes them. */
function textOf(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return Buffer.from(bytes).toString('base64');
  }
}

/** amqplib's form of a time: `{ '!': 'timestamp', value: <seconds> }`. */
function timestampOf(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return null;
  const { '!': kind, value: seconds } = value as Readonly<Record<string, unknown>>;
  if (kind !== 'timestamp' || typeof seconds !== 'number') return null;
  const time = new Date(seconds * 1_000);
  return Number.isNaN(time.getTime()) ? null : time.toISOString();
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
}
