import { MalformedMessageError } from '../errors/malformed-message-error.ts';
import { MessageTooLargeError } from '../errors/message-too-large-error.ts';
import type { MessageLimits } from './message-limits.ts';
import { pollutesPrototypes } from './pollutes-prototypes.ts';
import { scanBody } from './scan-body.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * JSON bytes to data. Size, depth and numbers are checked on the bytes before they are parsed. Of duplicate keys the
 * last one counts. @throws MessageTooLargeError, MalformedMessageError; nothing else
 */
export function decodeBody(body: Uint8Array, limits: MessageLimits): unknown {
  if (body.byteLength > limits.maxBytes) throw new MessageTooLargeError('body bytes', body.byteLength, limits.maxBytes);
  const suspicious = scanBody(body, limits.maxDepth);
  const data = parse(textOf(body));
  if (suspicious && isPolluting(data)) {
    throw new MalformedMessageError('the data has a key that pollutes prototypes');
  }
  return data;
}

function textOf(body: Uint8Array): string {
  try {
    return utf8.decode(body);
  } catch {
    throw new MalformedMessageError('the body is not UTF-8');
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's error quotes the text, so it is not kept.
    throw new MalformedMessageError('the body is not JSON');
  }
}

function isPolluting(data: unknown): boolean {
  const open: unknown[] = [data];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, inner] of Object.entries(value)) {
      if (pollutesPrototypes(value, key)) return true;
      open.push(inner);
    }
  }
  return false;
}
