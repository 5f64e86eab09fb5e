import type { ParkedMessage, SequenceState } from '../store/gate-store.ts';

/** What is known when a message has come and its sequence is locked. */
export interface Arrival {
  readonly mode: 'in-order' | 'latest';
  readonly number: bigint;
  readonly id: string;
  readonly digest: Uint8Array;
  readonly state: SequenceState;
  /** What is parked under its number. */
  readonly kept: ParkedMessage | null;
  readonly maxParked: number;
}

/**
 * - `apply`: it is its turn.
 * - `park`: its predecessor is missing. `full`: and there is no room.
 * - `kept`: it is parked already.
 * - `behind`: its number was applied or skipped before. `replaced`: a person put another message in its place.
 * - `conflict`: another message is parked under its number.
 */
export type ArrivalDecision = 'apply' | 'park' | 'full' | 'kept' | 'behind' | 'replaced' | 'conflict';

/** The rule of the gate. */
export function decideArrival(arrival: Arrival): ArrivalDecision {
  const { mode, number, state, kept, maxParked } = arrival;
  if (number <= state.applied) return 'behind';
  if (mode === 'latest') return 'apply';
  const isNext = number === state.applied + 1n;
  if (kept !== null) return decideAgain(arrival, kept, isNext);
  if (isNext) return 'apply';
  return state.parked >= maxParked ? 'full' : 'park';
}

function decideAgain({ id, digest }: Arrival, kept: ParkedMessage, isNext: boolean): ArrivalDecision {
  const isSame = kept.envelope.id === id && Buffer.compare(kept.digest, digest) === 0;
  if (!isSame) return kept.isReplacement ? 'replaced' : 'conflict';
  // A failed one waits for a person, however often it is delivered.
  return isNext && kept.role === 'early' ? 'apply' : 'kept';
}
