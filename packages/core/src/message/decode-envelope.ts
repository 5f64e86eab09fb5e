import { MalformedMessageError } from '../errors/malformed-message-error.ts';
import { MessageTooLargeError } from '../errors/message-too-large-error.ts';
import { decodeBody } from './decode-body.ts';
import type { Envelope } from './envelope.ts';
import type { Message } from './message.ts';
import { defaultMessageLimits, type MessageLimits } from './message-limits.ts';
import { attributeLimits, textProblem } from './text-problem.ts';

const RFC_3339 = /^\d{4}-\d{2}-\d{2}t\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:z|[+-]\d{2}:\d{2})$/i;
const JSON_CONTENT = /^[\w.+-]{1,64}\/(?:[\w.+-]{1,64}\+)?json\s*(?:;|$)/i;

/**
 * An envelope to a message whose data is parsed but not validated by a schema. Attributes and bytes come from outside:
 * limits are checked first. `time` is 0 when the sender gave none.
 * @throws MalformedMessageError, MessageTooLargeError; nothing else
 */
export function decodeEnvelope(envelope: Envelope, limits: MessageLimits = defaultMessageLimits): Message {
  const { id, source, type, key, attributes, body } = envelope;
  requireText('id', id, attributeLimits.id);
  requireText('source', source, attributeLimits.source);
  requireText('type', type, attributeLimits.type);
  if (key !== null) requireText('partitionkey', key, attributeLimits.key);
  checkHeaders(attributes, limits);
  const contentType = attributes['datacontenttype'];
  if (contentType !== undefined && !JSON_CONTENT.test(contentType)) {
    throw new MalformedMessageError('"datacontenttype" is not JSON');
  }
  return { id, source, type, key, time: timeOf(attributes['time']), data: decodeBody(body, limits), attributes };
}

function requireText(name: string, text: unknown, maxBytes: number): void {
  const problem = textProblem(text, maxBytes);
  if (problem !== undefined) throw new MalformedMessageError(`"${name}" ${problem}`);
}

function checkHeaders(attributes: Readonly<Record<string, string>>, limits: MessageLimits): void {
  const { maxHeaders, maxHeaderBytes } = limits;
  let count = 0;
  for (const name in attributes) {
    count += 1;
    if (count > maxHeaders) throw new MessageTooLargeError('attributes', Object.keys(attributes).length, maxHeaders);
    const value = attributes[name];
    if (typeof value !== 'string') throw new MalformedMessageError('an attribute is not a string');
    if ((name.length + value.length) * 3 <= maxHeaderBytes) continue;
    const bytes = Buffer.byteLength(name) + Buffer.byteLength(value);
    if (bytes > maxHeaderBytes) throw new MessageTooLargeError('bytes in one attribute', bytes, maxHeaderBytes);
  }
}

function timeOf(text: string | undefined): number {
  if (text === undefined) return 0;
  const time = RFC_3339.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) throw new MalformedMessageError('"time" is not an RFC 3339 time');
  return time;
}
