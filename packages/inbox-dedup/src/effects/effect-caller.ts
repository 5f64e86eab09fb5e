import { backoffMs, summarizeError } from '@holdfast/core';
import { askedPauseMs } from './asked-pause.ts';
import type { CallEnd } from './bounded-call.ts';
import { callFailureOf } from './call-failure.ts';
import type { Verification } from './effect-verifier.ts';
import { EffectBusyError } from './errors/effect-busy-error.ts';
import { EffectNotPerformedError } from './errors/effect-not-performed-error.ts';
import { EffectParkedError } from './errors/effect-parked-error.ts';
import { EffectRefusedError } from './errors/effect-refused-error.ts';
import { EffectUnknownError } from './errors/effect-unknown-error.ts';
import type { LeaseRoom } from './lease-room.ts';
import { type PerformanceParts, type PerformanceRequest, type Performed, RETRY_SOON_MS } from './performance-parts.ts';
import type { EffectRelease, HeldEffect } from './store/effect-intent-store.ts';

/** A call that may be made. */
export interface CallPlan {
  readonly held: HeldEffect;
  readonly room: LeaseRoom;
  /** Whether an earlier call may have happened: then a failure of this one does not prove that nothing did. */
  readonly isUnknown: boolean;
}

/** A call whose outcome is not known. */
interface LostAnswer {
  readonly reason: string;
  readonly error: unknown;
  /** Whether the caller wants to stop rather than to find out. */
  readonly isStopped: boolean;
}

/** A result, and how it was found out, if not by the call. */
interface Known {
  readonly result: unknown;
  readonly verdict: string | null;
}

const MAX_RENEWALS = 3;
const LATE = 'it happened: its answer came late';

/** Makes the call of an effect that is held, and writes what came of it. */
export class EffectCaller {
  readonly #parts: PerformanceParts;
  readonly #request: PerformanceRequest;

  constructor(parts: PerformanceParts, request: PerformanceRequest) {
    this.#parts = parts;
    this.#request = request;
  }

  async call(plan: CallPlan): Promise<Performed> {
    if (!(await this.#hasRoom(plan))) return 'lost';
    const { running, settings } = this.#parts;
    const { key, effect, deadlineMs } = this.#request;
    if (effect.signal?.aborted) {
      await this.#release(plan.held, { state: plan.isUnknown ? 'unknown' : 'free' });
      effect.signal.throwIfAborted();
    }
    const { idempotencyKey, attempts: attempt } = plan.held.record;
    const end = await running.run({
      key,
      call: (signal) => effect.call({ key, idempotencyKey, attempt, signal }),
      onLate: (result) => this.#keepLate(plan, result),
      deadlineMs,
      clock: settings.clock,
      signal: effect.signal,
    });
    return this.#ended(plan, end);
  }

  /** What a verification means for the one who wants the effect performed. `cause` is the error of the call before it. */
  async verified(held: HeldEffect, verification: Verification, cause?: unknown): Promise<Performed> {
    const { key } = this.#request;
    switch (verification.type) {
      case 'kept':
        return { result: verification.result };
      case 'overtaken':
        return { overtaken: verification.result };
      case 'lost':
        return 'lost';
      case 'parked':
        throw new EffectParkedError(key, verification.reason, { cause });
      case 'open': {
        const { reason, retryAfterMs, error } = verification;
        throw new EffectUnknownError(key, reason, { retryAfterMs, cause: cause ?? error });
      }
      case 'not-happened':
        if (!(await this.#release(held, { state: 'free' }))) return 'lost';
        throw new EffectNotPerformedError(key, { cause });
    }
  }

  /**
   * Keeps, under a new hold, a result that could not be kept under the one before: whatever the others found out, it happened.
   */
  async keepOvertaken(held: HeldEffect, room: LeaseRoom, result: unknown): Promise<Performed> {
    const performed = await this.#keep(held, room, { result, verdict: LATE });
    if (performed !== 'lost' && 'result' in performed) this.#parts.reporter.late(held.record, true);
    return performed;
  }

  /** A process that stood still since it claimed must not call under a lease that will not last. */
  async #hasRoom({ held, room }: CallPlan): Promise<boolean> {
    const { store, executor, settleMs } = this.#parts.settings;
    for (let renewals = 0; !room.fits(this.#request.deadlineMs); renewals += 1) {
      if (renewals >= MAX_RENEWALS) throw new EffectBusyError(this.#request.key, RETRY_SOON_MS);
      room.restart();
      const renewed = await store.intents.begin(executor, held.hold, { leaseMs: room.leaseMs, settleMs, fresh: false });
      if (!renewed) return false;
    }
    return true;
  }

  async #ended(plan: CallPlan, end: CallEnd<unknown>): Promise<Performed> {
    switch (end.type) {
      case 'resolved':
        return this.#resolved(plan, end.result);
      case 'rejected':
        return this.#rejected(plan, end.error);
      case 'overdue': {
        const reason = `no answer within ${this.#request.deadlineMs} ms`;
        return this.#answerLost(plan, { reason, error: undefined, isStopped: false });
      }
      case 'stopped':
        return this.#answerLost(plan, { reason: 'stopped during the call', error: end.reason, isStopped: true });
    }
  }

  async #resolved({ held, room }: CallPlan, result: unknown): Promise<Performed> {
    const performed = await this.#keep(held, room, { result, verdict: null });
    if (performed !== 'lost' && 'result' in performed) this.#parts.reporter.count('performed');
    return performed;
  }

  async #keep(held: HeldEffect, room: LeaseRoom, { result, verdict }: Known): Promise<Performed> {
    try {
      const keeping = await this.#parts.keeper.keep(held, result, verdict);
      return keeping.type === 'kept' ? { result: keeping.result } : { overtaken: result };
    } catch (error) {
      if (error instanceof EffectParkedError) throw error;
      // It happened, and this process cannot say so: the next one finds out.
      throw this.#unknown('it was done, but its result could not be kept', {
        retryAfterMs: room.leaseMs,
        cause: error,
      });
    }
  }

  async #rejected(plan: CallPlan, error: unknown): Promise<Performed> {
    const { reporter } = this.#parts;
    const reason = summarizeError(error);
    const failure = callFailureOf(error);
    if (failure === 'refused') {
      if (!(await this.#release(plan.held, { state: 'refused', error: reason }))) return 'lost';
      reporter.refused(plan.held.record, reason);
      throw new EffectRefusedError(this.#request.key, reason, { cause: error });
    }
    if (failure === 'not-performed' && !plan.isUnknown) {
      if (!(await this.#release(plan.held, { state: 'free', error: reason }))) return 'lost';
      reporter.count('freed');
      throw error;
    }
    return this.#answerLost(plan, { reason, error, isStopped: false });
  }

  async #answerLost(plan: CallPlan, lost: LostAnswer): Promise<Performed> {
    const { reporter, settings, verifier } = this.#parts;
    const { held } = plan;
    const { verify, signal } = this.#request.effect;
    const { settleMs, verifyDeadlineMs, leaseMarginMs } = settings;
    reporter.unknown(held.record, lost.reason);
    const unknown = { state: 'unknown', error: lost.reason, settleInMs: settleMs } as const;
    if (verify === 'call-again' || lost.isStopped) return this.#leaveUnknown(plan, lost);
    const dueInMs = verifyDeadlineMs + leaseMarginMs;
    if (!(await this.#release(held, { ...unknown, held: true, dueInMs }))) return 'lost';
    const verification = await verifier.verify({ ...held, settlesInMs: settleMs }, { verify, signal });
    return this.verified(held, verification, lost.error);
  }

  /** For the next one to find out. */
  async #leaveUnknown({ held }: CallPlan, { reason, error, isStopped }: LostAnswer): Promise<Performed> {
    const { reporter, settings } = this.#parts;
    const { record, unknownForMs } = held;
    const { key } = this.#request;
    if (!isStopped && unknownForMs >= settings.parkAfterMs) {
      if (!(await this.#release(held, { state: 'parked', error: reason }))) return 'lost';
      reporter.parked(record, reason);
      throw new EffectParkedError(key, reason, { cause: error });
    }
    const pause = askedPauseMs(error, settings) ?? backoffMs(record.attempts, settings.verifyBackoff);
    const dueInMs = isStopped ? 0 : pause;
    const release = { state: 'unknown', error: reason, settleInMs: settings.settleMs, dueInMs } as const;
    if (!(await this.#release(held, release))) return 'lost';
    throw this.#unknown(reason, { retryAfterMs: dueInMs, cause: error });
  }

  async #keepLate({ held }: CallPlan, result: unknown): Promise<void> {
    const { keeper, reporter } = this.#parts;
    const { type } = await keeper.keep(held, result, LATE);
    reporter.late(held.record, type === 'kept');
  }

  /** When the database fails, the lease will run out, and the next one finds out. */
  async #release({ hold }: HeldEffect, release: EffectRelease): Promise<boolean> {
    const { store, executor, deadlineMs, leaseMarginMs } = this.#parts.settings;
    try {
      return await store.intents.release(executor, hold, release);
    } catch (error) {
      this.#parts.reporter.error('release', error);
      const reason = 'what came of its call could not be written';
      throw this.#unknown(reason, { retryAfterMs: deadlineMs + leaseMarginMs, cause: error });
    }
  }

  #unknown(reason: string, options: { readonly retryAfterMs: number; readonly cause: unknown }): EffectUnknownError {
    return new EffectUnknownError(this.#request.key, reason, options);
  }
}
