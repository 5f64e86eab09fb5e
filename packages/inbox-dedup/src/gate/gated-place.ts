import type { Envelope } from '@holdfast/core';
import { MalformedSequenceError } from '../errors/malformed-sequence-error.ts';
import type { Sequence } from '../store/gate-store.ts';

/** Where a message stands. */
export interface GatedPlace {
  readonly sequence: Sequence;
  readonly number: bigint;
  readonly mode: 'in-order' | 'latest';
  readonly start: 'first' | 'any';
}

export interface GateRule {
  readonly mode: 'in-order' | 'latest';
  readonly start: 'first' | 'any';
}

const NUMBER = /^[1-9][0-9]{0,18}$/;
const GREATEST = 2n ** 63n - 1n;

/** The message's place, or `null` when its stream has no gate. @throws MalformedSequenceError */
export function gatedPlaceOf(
  { id, source, key, attributes }: Envelope,
  { consumer, rules }: { readonly consumer: string; readonly rules: ReadonlyMap<string, GateRule> },
): GatedPlace | null {
  const stream = attributes['sequencestream'];
  const rule = stream === undefined ? undefined : rules.get(stream);
  if (stream === undefined || rule === undefined) return null;
  if (key === null) throw new MalformedSequenceError(id, 'has no key');
  const text = attributes['sequence'] ?? '';
  const number = NUMBER.test(text) ? BigInt(text) : 0n;
  if (number === 0n || number > GREATEST) {
    throw new MalformedSequenceError(id, 'its "sequence" is no decimal number from 1 to 9223372036854775807');
  }
  return { sequence: { consumer, source, stream, key }, number, ...rule };
}
