import { MalformedMessageError } from '../errors/malformed-message-error.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const PLUS = 0x2b;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const LETTER_E = 0x45;
const LETTER_e = 0x65;
const LETTER_c = 0x63;
const LETTER_u = 0x75;
const UNDERSCORE = 0x5f;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Every integer of this many digits survives a double. */
const SAFE_DIGITS = 15;

/**
 * Reads JSON bytes once, before they are parsed: refuses nesting deeper than `maxDepth` and numbers that a double would
 * change, without recursion. It does not judge the grammar: `JSON.parse` does.
 * @returns whether the bytes may hold a key that pollutes prototypes, so that the parsed value must be searched.
 * @throws MalformedMessageError
 */
export function scanBody(bytes: Uint8Array, maxDepth: number): boolean {
  let depth = 0;
  let suspicious = false;
  for (let at = 0; at < bytes.length; ) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) {
      const end = endOfString(bytes, at + 1);
      suspicious ||= isSuspicious(bytes, at + 1, end);
      at = end + 1;
    } else if (byte === MINUS || (byte >= ZERO && byte <= NINE)) {
      at = checkedNumber(bytes, at);
    } else {
      depth += nesting(byte);
      if (depth > maxDepth) throw new MalformedMessageError(`the data nests deeper than ${maxDepth} levels`);
      at += 1;
    }
  }
  return suspicious;
}

function nesting(byte: number): number {
  if (byte === OPEN_BRACE || byte === OPEN_BRACKET) return 1;
  return byte === CLOSE_BRACE || byte === CLOSE_BRACKET ? -1 : 0;
}

/** Index of the closing quote, or at least the length when there is none. */
function endOfString(bytes: Uint8Array, start: number): number {
  for (let at = start; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH) at += 1;
  }
  return bytes.length;
}

/** Whether a string may be `__proto__` or `constructor`: by length and first letter, or because it has escapes. */
function isSuspicious(bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  if (length < 9) return false;
  if (length === 9 && bytes[start] === UNDERSCORE) return true;
  if (length === 11 && bytes[start] === LETTER_c) return true;
  for (let at = bytes.indexOf(BACKSLASH, start); at !== -1 && at < end; at = bytes.indexOf(BACKSLASH, at + 2)) {
    if (bytes[at + 1] === LETTER_u) return true;
  }
  return false;
}

/** Index after the number that starts at `start`. */
function checkedNumber(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  let integer = true;
  for (; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte >= ZERO && byte <= NINE) continue;
    if (byte !== DOT && byte !== LETTER_E && byte !== LETTER_e && byte !== PLUS && byte !== MINUS) break;
    integer = false;
  }
  if (integer && at - start <= SAFE_DIGITS) return at;
  if (!survives(bytes, { start, end: at, integer })) {
    throw new MalformedMessageError('the data has a number that a double cannot carry: it must be sent as a string');
  }
  return at;
}

function survives(bytes: Uint8Array, number: { start: number; end: number; integer: boolean }): boolean {
  const { start, end, integer } = number;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
  const value = Number(text);
  // What is no number at all is left to the parser.
  if (Number.isNaN(value)) return true;
  if (!Number.isFinite(value)) return false;
  return !integer || BigInt(text) === BigInt(value);
}
