import { backoffMs, failureClassOf, retryAfterMsOf, summarizeError } from '@holdfast/core';
import { countsAsFailure } from '../inbox/counts-as-failure.ts';
import type { Received } from '../inbox/received.ts';
import type { AnyWork, Work } from '../inbox/work.ts';
import type { ParkedMessage, Sequence } from '../store/gate-store.ts';
import { GateClaims } from './gate-claims.ts';
import type { GateParts } from './gate-parts.ts';
import { PreparedOnce } from './prepared-once.ts';
import { identityOf, takeTurn } from './take-turn.ts';

/** Most messages that one call releases of one key: the caller has a lease to keep. `releaseReady` goes on. */
const MAX_TURNS = 100;
const LEAST_RETRY_MS = 50;

export interface Release {
  readonly sequence: Sequence;
  /** The parked message whose turn it is, as far as is known. */
  readonly head: ParkedMessage | null;
  /** Nobody can have started it before. One that may have been started is claimed, and its starts are counted. */
  readonly isHeadNew: boolean;
  readonly signal: AbortSignal;
}

interface Taken {
  readonly isApplied: boolean;
  readonly head: ParkedMessage | null;
}

interface Trial<Tx> {
  readonly head: ParkedMessage;
  readonly work: AnyWork<Tx>;
  readonly attempt: number;
  release(): Promise<void>;
}

interface Prepared<Tx> {
  readonly received: Received;
  readonly work: Work<Tx>;
  readonly isCounted: boolean;
}

/** Applies parked messages whose turn has come, each in a transaction of its own. */
export class GateReleases<Tx> {
  readonly #parts: GateParts<Tx>;
  readonly #claims: GateClaims<Tx>;

  constructor(parts: GateParts<Tx>) {
    this.#parts = parts;
    this.#claims = new GateClaims(parts);
  }

  /**
   * Goes on until the next message is missing, fails or waits. Returns how many were applied.
   * Rejects only when the database fails: a message's own failure is kept with it.
   */
  async run({ head: first, isHeadNew, signal }: Release): Promise<number> {
    let head = first;
    let isNew = isHeadNew;
    let released = 0;
    for (let turn = 0; head !== null && turn < MAX_TURNS && !signal.aborted; turn += 1) {
      const trial = await this.#begin(head, isNew);
      if (trial === null) break;
      const taken = await this.#try(trial, signal);
      // When another process was faster, that one may have started the next message, too.
      isNew = taken?.isApplied === true;
      if (isNew) released += 1;
      head = taken?.head ?? null;
    }
    return released;
  }

  /** `null` when it is not for this process, or not now. */
  async #begin(head: ParkedMessage, isNew: boolean): Promise<Trial<Tx> | null> {
    const work = this.#claims.workOf(head);
    if (work === undefined) return null;
    // A work without preparation runs under the sequence's lock: nobody else can find the message meanwhile.
    if (isNew && typeof work === 'function') return { head, work, attempt: 1, release: async () => {} };
    const claimed = await this.#claims.claim(head.sequence);
    if (claimed === null) return null;
    return { ...claimed, attempt: isNew && claimed.head.number === head.number ? 1 : 2 };
  }

  /** `null` when it failed. */
  async #try({ head, work, attempt, release }: Trial<Tx>, signal: AbortSignal): Promise<Taken | null> {
    const { envelope, digest, sequence } = head;
    const identity = identityOf(sequence, envelope.id);
    try {
      const received = { envelope, message: this.#parts.decode(envelope), digest, attempt, signal };
      const once = new PreparedOnce(work);
      const delivery = { identity, type: envelope.type, attempt, signal };
      return await this.#parts.attempts.run(delivery, async (isCounted) => {
        const prepared = await once.prepare(received);
        await release();
        return this.#apply(head, { received, work: prepared, isCounted });
      });
    } catch (error) {
      await release();
      await this.#keep(head, error, signal);
      return null;
    }
  }

  async #apply(head: ParkedMessage, trial: Prepared<Tx>): Promise<Taken> {
    const { sequence, number, envelope } = head;
    const { result, maybeBefore } = await this.#parts.repeated.run(
      (tx) => this.#take(tx, head, trial),
      trial.received.signal,
    );
    const isApplied = result.isApplied || (maybeBefore && result.applied >= number);
    if (isApplied) {
      const subject = { sequence, number, messageId: envelope.id, messageType: envelope.type };
      this.#parts.announce({ type: 'released', ...subject });
    }
    return { isApplied, head: result.head };
  }

  async #take(
    tx: Tx,
    { sequence, number, envelope }: ParkedMessage,
    { received, work, isCounted }: Prepared<Tx>,
  ): Promise<Taken & { readonly applied: bigint }> {
    const { gate, transactions, attempts } = this.#parts;
    const executor = transactions.executor(tx);
    const state = await gate.lock(executor, sequence, null);
    const applied = state?.applied ?? 0n;
    // A person, a duplicate or another process may have been faster.
    const kept = applied + 1n === number ? await gate.parked(executor, sequence, number) : null;
    if (kept?.envelope.id !== envelope.id || kept.role === 'failed') {
      if (isCounted) await attempts.clear(executor, [identityOf(sequence, envelope.id)]);
      return { isApplied: false, applied, head: await gate.parked(executor, sequence, applied + 1n) };
    }
    const hasOthers = (state?.parked ?? 0) > 1;
    const { head } = await takeTurn(this.#parts, tx, { sequence, number, received, work, hasOthers, isCounted });
    return { isApplied: true, applied: number, head };
  }

  /** Keeps the failure with the message: for good, or with the time of its next try. */
  async #keep(head: ParkedMessage, error: unknown, signal: AbortSignal): Promise<void> {
    const { announce, retryBaseMs, retryMaxMs, random } = this.#parts;
    const { sequence, number, envelope } = head;
    const subject = { sequence, number, messageId: envelope.id, messageType: envelope.type };
    if (signal.aborted) {
      await this.#change(head, { retryInMs: null });
      return;
    }
    const reason = summarizeError(error);
    if (failureClassOf(error) === 'permanent') {
      const change = { role: 'failed', reason, tries: head.tries + 1, retryInMs: null } as const;
      if (await this.#change(head, change)) announce({ type: 'key-blocked', reason, ...subject });
      return;
    }
    const tries = head.tries + (countsAsFailure(error, signal) ? 1 : 0);
    const pause = backoffMs(tries, { baseMs: retryBaseMs, maxMs: retryMaxMs, random });
    const retryInMs = Math.max(LEAST_RETRY_MS, retryAfterMsOf(error) ?? pause);
    if (await this.#change(head, { reason, tries, retryInMs })) {
      announce({ type: 'release-failed', reason, retryInMs, ...subject });
    }
  }

  /** Unless it has been applied or replaced meanwhile. */
  async #change(
    head: ParkedMessage,
    change: Partial<Pick<ParkedMessage, 'role' | 'reason' | 'tries'>> & { readonly retryInMs: number | null },
  ): Promise<boolean> {
    const { gate, transactions, repeated } = this.#parts;
    // Also when its caller wants no more: the failure has happened.
    const changed = await repeated.run(async (tx) => {
      const executor = transactions.executor(tx);
      await gate.lock(executor, head.sequence, null);
      const kept = await gate.parked(executor, head.sequence, head.number);
      if (kept?.envelope.id !== head.envelope.id || kept.role === 'failed') return false;
      await gate.park(executor, { ...kept, ...change });
      return true;
    }, new AbortController().signal);
    return changed.result;
  }
}
