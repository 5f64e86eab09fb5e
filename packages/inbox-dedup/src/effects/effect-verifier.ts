import { backoffMs, failureClassOf, summarizeError } from '@holdfast/core';
import { askedPauseMs } from './asked-pause.ts';
import { boundedCall, type CallEnd } from './bounded-call.ts';
import { checkedVerdict } from './checked-verdict.ts';
import type { VerifyEffect } from './effect.ts';
import type { EffectSettings } from './effect-journal-options.ts';
import type { EffectReporter } from './effect-reporter.ts';
import type { ResultKeeper } from './result-keeper.ts';
import type { HeldEffect } from './store/effect-intent-store.ts';

/**
 * - `kept`: it happened, and its result is kept
 * - `not-happened`: believed, and nothing written: the holder goes on
 * - `open`: still unknown, and released until `retryAfterMs`; `error` is what verify rejected with, if it did
 * - `parked`: released for a person
 * - `overtaken`: it happened, but somebody else has taken it over meanwhile, and decides; `lost`: the same, and nothing is known
 */
export type Verification =
  | { readonly type: 'kept' | 'overtaken'; readonly result: unknown }
  | { readonly type: 'not-happened' | 'lost' }
  | { readonly type: 'open'; readonly reason: string; readonly retryAfterMs: number; readonly error?: unknown }
  | { readonly type: 'parked'; readonly reason: string };

export interface VerifierParts {
  readonly settings: EffectSettings;
  readonly reporter: EffectReporter;
  readonly keeper: ResultKeeper;
}

export interface VerificationRequest {
  readonly verify: VerifyEffect<unknown>;
  readonly signal: AbortSignal | undefined;
}

/** What a verification that decided nothing leaves. */
interface Undecided {
  readonly reason: string;
  /** Whether it counts among those that could not tell. */
  readonly counts: boolean;
  /** A verification that was not made to its end leaves no trace. */
  readonly isStopped?: boolean;
  readonly dueInMs?: number | undefined;
  readonly error?: unknown;
}

/** Finds out, under a hold, whether an effect happened. */
export class EffectVerifier {
  readonly #settings: EffectSettings;
  readonly #reporter: EffectReporter;
  readonly #keeper: ResultKeeper;

  constructor({ settings, reporter, keeper }: VerifierParts) {
    this.#settings = settings;
    this.#reporter = reporter;
    this.#keeper = keeper;
  }

  /** Asks once. @throws EffectParkedError when it happened but its result cannot be kept */
  async verify(effect: HeldEffect, { verify, signal }: VerificationRequest): Promise<Verification> {
    const { key, idempotencyKey, attempts, about } = effect.record;
    const { ended } = boundedCall(
      (verifySignal) => verify({ key, idempotencyKey, attempts, about, signal: verifySignal }),
      { deadlineMs: this.#settings.verifyDeadlineMs, clock: this.#settings.clock, signal },
    );
    return this.#judge(effect, await ended);
  }

  async #judge(effect: HeldEffect, end: CallEnd<unknown>): Promise<Verification> {
    if (end.type === 'rejected') return this.#rejected(effect, end.error);
    if (end.type === 'overdue') {
      const reason = `verify did not answer within ${this.#settings.verifyDeadlineMs} ms`;
      return this.#undecided(effect, { reason, counts: false });
    }
    if (end.type === 'stopped') {
      return this.#undecided(effect, {
        reason: 'verify was stopped',
        counts: false,
        isStopped: true,
        dueInMs: 0,
        error: end.reason,
      });
    }
    const verdict = checkedVerdict(end.result);
    if (verdict === undefined) {
      return this.#undecided(effect, { reason: 'verify returned something that is no verdict', counts: true });
    }
    if (verdict.happened === 'unknown')
      return this.#undecided(effect, { reason: `cannot tell: ${verdict.reason}`, counts: true });
    return verdict.happened ? this.#happened(effect, verdict.result) : this.#notHappened(effect);
  }

  async #happened(effect: HeldEffect, result: unknown): Promise<Verification> {
    const keeping = await this.#keeper.keep(effect, result, 'it happened');
    if (keeping.type === 'lost') return { type: 'overtaken', result };
    this.#reporter.resolved(effect.record, true);
    return keeping;
  }

  async #notHappened(effect: HeldEffect): Promise<Verification> {
    const { settlesInMs, record } = effect;
    if (settlesInMs > 0) {
      const reason = 'not found yet, but a request may still be on its way';
      return this.#undecided(effect, { reason, counts: false, dueInMs: settlesInMs });
    }
    this.#reporter.resolved(record, false);
    return { type: 'not-happened' };
  }

  /** A provider that is down tells nothing; an error that asking again cannot change counts as "cannot tell". */
  async #rejected(effect: HeldEffect, error: unknown): Promise<Verification> {
    const reason = `verify failed: ${summarizeError(error)}`;
    return this.#undecided(effect, {
      reason,
      counts: failureClassOf(error) === 'permanent',
      error,
      dueInMs: askedPauseMs(error, this.#settings),
    });
  }

  async #undecided(effect: HeldEffect, undecided: Undecided): Promise<Verification> {
    const { store, executor, maxVerifications, parkAfterMs, verifyBackoff } = this.#settings;
    const { reason, counts, isStopped = false, dueInMs, error } = undecided;
    const { hold, record, unknownForMs } = effect;
    const verdict = summarizeError(reason);
    const isTooMany = counts && record.undecided + 1 >= maxVerifications;
    if (isTooMany || (!isStopped && unknownForMs >= parkAfterMs)) {
      const parked = await store.intents.release(executor, hold, { state: 'parked', verdict, undecided: counts });
      if (!parked) return { type: 'lost' };
      this.#reporter.parked(record, verdict);
      return { type: 'parked', reason: verdict };
    }
    const retryAfterMs = dueInMs ?? backoffMs(record.verifications + 1, verifyBackoff);
    const release = {
      state: 'unknown',
      verdict: isStopped ? null : verdict,
      undecided: counts,
      dueInMs: retryAfterMs,
    } as const;
    const released = await store.intents.release(executor, hold, release);
    return released ? { type: 'open', reason: verdict, retryAfterMs, error } : { type: 'lost' };
  }
}
