import type { AnyWork } from '../inbox/work.ts';
import type { ParkedMessage, Sequence } from '../store/gate-store.ts';
import type { GateParts } from './gate-parts.ts';

/** How long nobody else tries a message after a sign of life of the process that tries it. */
const CLAIM_MS = 10_000;
const RENEW_EVERY_MS = CLAIM_MS / 3;
/** A work that does not end by then is left to others. */
const MAX_HELD_MS = 900_000;

/** A parked message that this process has claimed, and what it does with it. */
export interface Claimed<Tx> {
  readonly head: ParkedMessage;
  readonly work: AnyWork<Tx>;
  /** Ends the claim's renewals. Resolves when none is under way; what the row says from then on is its caller's. */
  release(): Promise<void>;
}

/** Keeps others from trying a parked message at the same time, which would be counted as many starts of one message. */
export class GateClaims<Tx> {
  readonly #parts: GateParts<Tx>;

  constructor(parts: GateParts<Tx>) {
    this.#parts = parts;
  }

  /** What this process can apply when it is due. */
  workOf({ sequence, envelope, role, waitsForRetry }: ParkedMessage): AnyWork<Tx> | undefined {
    return role === 'failed' || waitsForRetry ? undefined : this.#parts.works.of(sequence.stream, envelope.type);
  }

  /** Claims what is next, until it is released. `null` when it is missing, not due, claimed by another or has no work here. */
  async claim(sequence: Sequence): Promise<Claimed<Tx> | null> {
    const { gate, transactions, repeated } = this.#parts;
    const { result } = await repeated.run(async (tx) => {
      const executor = transactions.executor(tx);
      const state = await gate.lock(executor, sequence, null);
      const head = state === null ? null : await gate.parked(executor, sequence, state.applied + 1n);
      const work = head === null ? undefined : this.workOf(head);
      if (head === null || work === undefined) return null;
      await gate.park(executor, { ...head, retryInMs: CLAIM_MS });
      return { head, work };
    }, new AbortController().signal);
    return result === null ? null : { ...result, release: this.#held(result.head) };
  }

  #held(head: ParkedMessage): () => Promise<void> {
    const ended = new AbortController();
    const renewals = this.#renewals(head, ended.signal);
    return () => {
      ended.abort('ended');
      return renewals;
    };
  }

  async #renewals(head: ParkedMessage, ended: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    const until = clock.monotonic() + MAX_HELD_MS;
    let isHeld = true;
    while (isHeld) {
      await clock.sleep(RENEW_EVERY_MS, ended);
      isHeld = !ended.aborted && clock.monotonic() < until && (await this.#renew(head));
    }
  }

  /** `false` when it is over: applied, replaced, or given up. */
  async #renew({ sequence, number, envelope }: ParkedMessage): Promise<boolean> {
    const { gate, transactions } = this.#parts;
    try {
      return await transactions.transaction(async (tx) => {
        const executor = transactions.executor(tx);
        await gate.lock(executor, sequence, null);
        const kept = await gate.parked(executor, sequence, number);
        if (kept?.envelope.id !== envelope.id || kept.role === 'failed') return false;
        await gate.park(executor, { ...kept, retryInMs: CLAIM_MS });
        return true;
      });
    } catch {
      // The next one makes up for it. When the database stays away, others may try it, and the lock decides who applies it.
      return true;
    }
  }
}
