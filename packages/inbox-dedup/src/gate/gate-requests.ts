import { type Envelope, InvalidMessageError, InvalidOptionError, type OutgoingMessage, quoted } from '@holdfast/core';
import type { SqlExecutor } from '@holdfast/sql';
import { messageDigest } from '../inbox/message-digest.ts';
import type { ParkedMessage, SequencePosition } from '../store/gate-store.ts';
import type { GateParts } from './gate-parts.ts';
import { identityOf } from './take-turn.ts';

/** What a person decided, and what is next by it. */
export interface Decided {
  /** `false`: the key has moved on meanwhile, and nothing was changed. */
  readonly isDone: boolean;
  readonly head: ParkedMessage | null;
}

const NOTHING: Decided = { isDone: false, head: null };

/** Decisions of a person about the message that is next. Each changes nothing when another one is next by now. */
export class GateRequests<Tx> {
  readonly #parts: GateParts<Tx>;

  constructor(parts: GateParts<Tx>) {
    this.#parts = parts;
  }

  /** Has the message tried again as if it were new. */
  retry(position: SequencePosition): Promise<Decided> {
    return this.#decide(position, async (executor, kept) => {
      if (kept === null) return NOTHING;
      const { gate } = this.#parts;
      await gate.park(executor, { ...kept, role: 'early', reason: null, tries: 0, retryInMs: null });
      return { isDone: true, head: await gate.parked(executor, position.sequence, position.next) };
    });
  }

  /** Gives up the next message, and all up to `through`. */
  skip(position: SequencePosition, through: bigint): Promise<Decided> {
    return this.#decide(position, async (executor) => {
      const { gate } = this.#parts;
      await gate.advance(executor, position.sequence, through);
      return { isDone: true, head: await gate.parked(executor, position.sequence, through + 1n) };
    });
  }

  /** Puts another message in the place of the next one, whether that has come or not. */
  replace(position: SequencePosition, envelope: Envelope): Promise<Decided> {
    return this.#decide(position, async (executor) => {
      const { gate } = this.#parts;
      const { sequence, next: number } = position;
      const fresh = { role: 'early', reason: null, tries: 0, isReplacement: true, retryInMs: null } as const;
      await gate.park(executor, { sequence, number, envelope, digest: messageDigest(envelope), ...fresh });
      return { isDone: true, head: await gate.parked(executor, sequence, number) };
    });
  }

  async #decide(
    { sequence, next }: SequencePosition,
    change: (executor: SqlExecutor, kept: ParkedMessage | null) => Promise<Decided>,
  ): Promise<Decided> {
    const { gate, transactions, attempts, consumer, repeated } = this.#parts;
    if (sequence.consumer !== consumer) {
      throw new InvalidOptionError(
        'sequence.consumer',
        sequence.consumer,
        `this inbox's consumer, ${quoted(consumer)}`,
      );
    }
    const decided = await repeated.run(async (tx) => {
      const executor = transactions.executor(tx);
      const state = await gate.lock(executor, sequence, null);
      if (state?.applied !== next - 1n) return NOTHING;
      const kept = await gate.parked(executor, sequence, next);
      if (kept !== null) await attempts.clear(executor, [identityOf(sequence, kept.envelope.id)]);
      return change(executor, kept);
    }, new AbortController().signal);
    // Its answer was lost when it was committed before: then another message is next by it.
    return decided.maybeBefore && !decided.result.isDone ? { isDone: true, head: null } : decided.result;
  }
}

/** The message that a replacement is encoded from: its place is that of the one that it replaces. @throws InvalidMessageError */
export function replacementOf({ sequence, next }: SequencePosition, message: OutgoingMessage): OutgoingMessage {
  const { id: _id, delayMs: _delayMs, ...data } = message;
  if (message.key !== undefined && message.key !== sequence.key) {
    throw new InvalidMessageError('key', 'is not that of the message to be replaced');
  }
  const extensions = { ...message.extensions, sequence: String(next), sequencestream: sequence.stream };
  return { ...data, key: sequence.key, extensions };
}
