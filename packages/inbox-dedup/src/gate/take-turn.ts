import type { Received } from '../inbox/received.ts';
import type { Work } from '../inbox/work.ts';
import type { ParkedMessage, Sequence } from '../store/gate-store.ts';
import type { GateParts } from './gate-parts.ts';

/** A message whose turn it is, in a transaction that has locked its sequence. */
export interface Turn<Tx> {
  readonly sequence: Sequence;
  readonly number: bigint;
  readonly received: Received;
  readonly work: Work<Tx>;
  /** Whether others will be parked behind it. */
  readonly hasOthers: boolean;
  /** Whether its attempts are counted. */
  readonly isCounted: boolean;
}

export interface TurnTaken {
  readonly outcome: 'applied' | 'duplicate';
  /** The parked message whose turn is next. */
  readonly head: ParkedMessage | null;
}

/** Records the message, runs its work, and moves its sequence on. Neither begins nor commits. */
export async function takeTurn<Tx>(parts: GateParts<Tx>, tx: Tx, turn: Turn<Tx>): Promise<TurnTaken> {
  const { sequence, number, received } = turn;
  const executor = parts.transactions.executor(tx);
  const outcome = await parts.applier.apply(tx, received, turn.work);
  await parts.gate.advance(executor, sequence, number);
  if (turn.isCounted) await parts.attempts.clear(executor, [identityOf(sequence, received.envelope.id)]);
  const head = turn.hasOthers ? await parts.gate.parked(executor, sequence, number + 1n) : null;
  return { outcome, head };
}

export function identityOf({ consumer, source }: Sequence, id: string) {
  return { consumer, source, id };
}
