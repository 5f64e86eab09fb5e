import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { decodeAttributes, type Envelope, encodeAttributes, MalformedMessageError } from '@holdfast/core';
import { attributeBytes, type OutgoingEntry } from '../aws/outgoing-entry.ts';

/**
 * Message attributes of an envelope: at most six of the ten that SQS takes (and that SNS forwards raw). What people and
 * filters look at has a name of its own, all the rest is packed into one.
 */
export const attributeNames = Object.freeze({
  id: 'ce-id',
  source: 'ce-source',
  type: 'ce-type',
  key: 'ce-partitionkey',
  /** All other attributes, as a JSON object. */
  rest: 'holdfast-attributes',
  /** How the body is written when it is not text: `base64` or `empty`. */
  body: 'holdfast-body',
});

/** The services want a body of at least one character. */
const EMPTY_BODY = '-';
/** What SQS refuses, or replaces without a word: all but these characters, a lone surrogate included. */
const FORBIDDEN = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const FORBIDDEN_EACH = new RegExp(FORBIDDEN, 'gu');
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const GROUP = /^[\x21-\x7e]{1,128}$/;

export interface EncodeOptions {
  readonly fifo: boolean;
  /**
   * Of a dead letter: the name of the message's stay in its queue. A FIFO queue swallows a second message of one
   * deduplication id within five minutes, so a dead letter is known by its stay and not by its id, which comes again when
   * it is redriven. And it waits for no other one of its key.
   * @default group and deduplication of its key, source and id
   */
  readonly stay?: string;
}

/** A message as it was received, in names of our own. */
export interface ReceivedContent {
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export function encodeEntry(envelope: Envelope, { fifo, stay }: EncodeOptions): OutgoingEntry {
  const { id, source, type, key } = envelope;
  const attributes: Record<string, string> = {
    [attributeNames.id]: attributeText(id),
    [attributeNames.source]: attributeText(source),
    [attributeNames.type]: attributeText(type),
  };
  if (key !== null) attributes[attributeNames.key] = attributeText(key);
  const rest = encodeAttributes(envelope.attributes);
  if (rest !== '{}') attributes[attributeNames.rest] = escaped(rest);
  const { text, form } = encodeBody(envelope.body);
  if (form !== null) attributes[attributeNames.body] = form;
  let bytes = Buffer.byteLength(text);
  for (const name of Object.keys(attributes)) bytes += attributeBytes(name, attributes[name] ?? '');
  return {
    body: text,
    attributes,
    bytes,
    group: fifo ? groupOf(stay ?? key ?? id) : null,
    deduplicationId: fifo ? hash(stay ?? JSON.stringify([source, id])) : null,
  };
}

/** The reverse of {@link encodeEntry}. @throws MalformedMessageError when it is not one of ours */
export function decodeContent({ body, attributes }: ReceivedContent): Envelope {
  const key = attributes[attributeNames.key];
  const rest = attributes[attributeNames.rest];
  return {
    id: required(attributes, attributeNames.id),
    source: required(attributes, attributeNames.source),
    type: required(attributes, attributeNames.type),
    key: key === undefined ? null : plainText(key),
    attributes: rest === undefined ? Object.create(null) : decodeAttributes(rest),
    body: decodeBody(body, attributes[attributeNames.body]),
  };
}

/** A text as the value of an attribute: itself, or as a JSON string without any character that the services refuse. */
export function attributeText(text: string): string {
  return text !== '' && !text.startsWith('"') && !FORBIDDEN.test(text) ? text : escaped(JSON.stringify(text));
}

/** The text of {@link attributeText}. @throws MalformedMessageError */
export function plainText(value: string): string {
  if (!value.startsWith('"')) return value;
  try {
    const text: unknown = JSON.parse(value);
    if (typeof text === 'string') return text;
  } catch {
    // The parser's error quotes the text, so it is not kept.
  }
  throw new MalformedMessageError('an attribute is not a JSON string');
}

function required(attributes: Readonly<Record<string, string>>, name: string): string {
  const value = attributes[name];
  if (value === undefined) throw new MalformedMessageError(`it has no attribute "${name}"`);
  return plainText(value);
}

/** JSON in which every character is allowed. */
function escaped(json: string): string {
  if (!FORBIDDEN.test(json)) return json;
  return json.replace(FORBIDDEN_EACH, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function encodeBody(body: Uint8Array): { readonly text: string; readonly form: 'base64' | 'empty' | null } {
  if (body.length === 0) return { text: EMPTY_BODY, form: 'empty' };
  const buffer = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (isUtf8(buffer)) {
    const text = buffer.toString('utf8');
    if (!FORBIDDEN.test(text)) return { text, form: null };
  }
  return { text: buffer.toString('base64'), form: 'base64' };
}

function decodeBody(text: string, form: string | undefined): Uint8Array {
  if (form === undefined) return Buffer.from(text);
  if (form === 'empty') return new Uint8Array(0);
  if (form === 'base64' && BASE64.test(text)) return Buffer.from(text, 'base64');
  throw new MalformedMessageError('its body is not written as its attributes say');
}

/** Messages of one group are delivered one after the other. What the service does not take as a name is hashed. */
function groupOf(name: string): string {
  return GROUP.test(name) ? name : `sha256-${hash(name)}`;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
