import { isPrintable } from './is-printable.ts';

/** Longest identifying attributes, in UTF-8 bytes. */
export const attributeLimits = Object.freeze({ id: 256, key: 512, type: 256, source: 512 });

/** Why text cannot be an identifying attribute, to follow its name; `undefined` when it can. */
export function textProblem(text: unknown, maxBytes: number): string | undefined {
  if (typeof text !== 'string') return 'is not a string';
  if (text === '') return 'is empty';
  // A UTF-16 unit is at most three bytes: most texts are short enough without counting.
  if (text.length * 3 > maxBytes && Buffer.byteLength(text) > maxBytes) return `is longer than ${maxBytes} bytes`;
  return isPrintable(text) ? undefined : 'has control characters or lone surrogates';
}
