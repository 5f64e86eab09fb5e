import type { Envelope } from '@holdfast/core';
import { recordKey } from '../../store/record-key.ts';
import type { Received } from '../received.ts';

/** In which order the messages of a batch are handled. Numbers are places in the batch. */
export interface BatchPlan {
  /** One after another. The messages of the first, third, … share a transaction; those of the others come one by one. */
  readonly phases: readonly (readonly number[])[];
  /** Messages that are in the batch already, and where: the same one. They are not handled. */
  readonly copies: ReadonlyMap<number, number>;
}

/**
 * As few transactions as the order of each key allows: messages of one key are handled in the order of the batch, and so are
 * messages with one id. Whether a message may share a transaction is for `mayShare` to say.
 */
export function planBatch(batch: readonly Received[], mayShare: (received: Received) => boolean): BatchPlan {
  const phases: number[][] = [];
  const copies = new Map<number, number>();
  const firstById = new Map<string, number>();
  const latest = new Map<string, number>();
  for (const [place, received] of batch.entries()) {
    const identity = recordKey({ consumer: '', ...received.envelope });
    const first = firstById.get(identity);
    if (first !== undefined && isCopy(received, batch[first])) {
      copies.set(place, first);
      continue;
    }
    firstById.set(identity, first ?? place);
    // Another message under an id of the batch must see the record of the first.
    const shares = first === undefined && mayShare(received);
    const threads = threadsOf(received, identity);
    const phase = nextPhase(Math.max(...threads.map((thread) => latest.get(thread) ?? 0)), shares);
    for (const thread of threads) latest.set(thread, phase);
    while (phases.length <= phase) phases.push([]);
    phases[phase]?.push(place);
  }
  return { phases, copies };
}

/** What keeps its order. */
function threadsOf({ envelope: { key } }: Received, identity: string): readonly string[] {
  return key === null ? [identity] : [identity, `key ${key}`];
}

function nextPhase(phase: number, shares: boolean): number {
  return phase % 2 === (shares ? 0 : 1) ? phase : phase + 1;
}

/** A sender that sends one message twice numbers it twice: its gate waits for both numbers. */
function isCopy({ digest, envelope }: Received, first: Received | undefined): boolean {
  if (first === undefined || Buffer.compare(digest, first.digest) !== 0) return false;
  return placeOf(envelope) === placeOf(first.envelope);
}

function placeOf({ key, attributes }: Envelope): string {
  return JSON.stringify([key, attributes['sequencestream'], attributes['sequence']]);
}
