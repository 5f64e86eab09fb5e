import { findDataProblem, quoted } from '@holdfast/core';
import { CorruptEffectError } from './errors/corrupt-effect-error.ts';
import { InvalidEffectResultError } from './errors/invalid-effect-result-error.ts';

const MAX_DEPTH = 64;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A result as it is kept: JSON in UTF-8, `null` for `undefined`. @throws InvalidEffectResultError */
export function encodeEffectResult(result: unknown, maxBytes: number): Uint8Array | null {
  if (result === undefined) return null;
  const bytes = Buffer.from(jsonOf(result));
  if (bytes.length > maxBytes) {
    throw new InvalidEffectResultError(`has ${bytes.length} bytes, the limit is ${maxBytes}`);
  }
  return bytes;
}

/** @throws CorruptEffectError */
export function decodeEffectResult(key: string, bytes: Uint8Array | null): unknown {
  if (bytes === null) return undefined;
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch (error) {
    // The cause of a JSON error quotes what it could not read.
    if (error instanceof SyntaxError) throw new CorruptEffectError(key, 'holds a result that is not JSON');
    throw new CorruptEffectError(key, 'holds a result that is not UTF-8', { cause: error });
  }
}

function jsonOf(result: unknown): string {
  try {
    const problem = findDataProblem(result, MAX_DEPTH);
    if (problem === undefined) return JSON.stringify(result) ?? 'null';
    const place = problem.path === 'data' ? '' : `at ${quoted(problem.path.slice('data'.length))} `;
    throw new InvalidEffectResultError(`${place}${problem.reason}`);
  } catch (error) {
    if (error instanceof InvalidEffectResultError) throw error;
    // A getter or a `toJSON` that throws.
    throw new InvalidEffectResultError('cannot be read', { cause: error });
  }
}
