import { MalformedMessageError } from '@holdfast/core';

const MAX_BYTES = 255;
/** `*` and `#` as whole words are patterns in a binding; the mark of what was changed must not be taken for one. */
const SPECIAL = /[*#%]/;
const escapes: Readonly<Record<string, string>> = { '*': '%2A', '#': '%23', '%': '%25' };

/**
 * The routing key of an event type, the same for publishing and binding: the type itself, with `*`, `#` and `%` written as
 * `%2A`, `%23` and `%25`, so that a type is bound as it is written. @throws MalformedMessageError when it is too long
 */
export function routingKeyOf(type: string): string {
  const key = SPECIAL.test(type) ? type.replace(/[*#%]/g, (character) => escapes[character] ?? character) : type;
  if (key.length * 3 > MAX_BYTES && Buffer.byteLength(key) > MAX_BYTES) {
    throw new MalformedMessageError(`"type" is longer than ${MAX_BYTES} bytes as a routing key`);
  }
  return key;
}
