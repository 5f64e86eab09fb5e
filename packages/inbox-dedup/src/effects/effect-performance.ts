import { type CallPlan, EffectCaller } from './effect-caller.ts';
import { decodeEffectResult } from './effect-result.ts';
import { EffectBusyError } from './errors/effect-busy-error.ts';
import { EffectParkedError } from './errors/effect-parked-error.ts';
import { EffectRefusedError } from './errors/effect-refused-error.ts';
import { EffectUnknownError } from './errors/effect-unknown-error.ts';
import { LeaseRoom } from './lease-room.ts';
import { type PerformanceParts, type PerformanceRequest, type Performed, RETRY_SOON_MS } from './performance-parts.ts';
import type { EffectClaim, EffectRelease, HeldEffect } from './store/effect-intent-store.ts';

const MAX_LOOKS = 5;

/** One `perform`: at most one call, after whatever has to be found out before it. */
export class EffectPerformance {
  readonly #parts: PerformanceParts;
  readonly #request: PerformanceRequest;
  readonly #caller: EffectCaller;

  constructor(parts: PerformanceParts, request: PerformanceRequest) {
    this.#parts = parts;
    this.#request = request;
    this.#caller = new EffectCaller(parts, request);
  }

  async run(): Promise<unknown> {
    const { journal, store, executor, clock, settleMs, verifyDeadlineMs, leaseMarginMs } = this.#parts.settings;
    const { key, idempotencyKey, about, deadlineMs, effect } = this.#request;
    const leaseMs = Math.max(deadlineMs, verifyDeadlineMs) + leaseMarginMs;
    let overtaken: { readonly overtaken: unknown } | undefined;
    for (let look = 0; look < MAX_LOOKS; look += 1) {
      if (overtaken === undefined) effect.signal?.throwIfAborted();
      const room = new LeaseRoom(clock, leaseMs);
      const claim = await store.intents
        .claim(executor, { journal, key, idempotencyKey, about, leaseMs, settleMs })
        .catch((error: unknown) => {
          // The database went away with the answer in hand: its owner must hear of it.
          if (overtaken !== undefined) this.#parts.reporter.late({ key, idempotencyKey }, false);
          throw error;
        });
      const performed: Performed =
        overtaken === undefined
          ? await this.#act(claim, room)
          : await this.#keepOrTell(claim, room, overtaken.overtaken);
      if (performed === 'lost') continue;
      if ('result' in performed) return performed.result;
      overtaken = performed;
    }
    throw this.#busy(RETRY_SOON_MS);
  }

  async #act(claim: EffectClaim, room: LeaseRoom): Promise<Performed> {
    switch (claim.outcome) {
      case 'settled':
        return this.#settled(claim);
      case 'busy':
        throw this.#busy(claim.retryAfterMs);
      case 'waiting': {
        const { lastVerdict, lastError } = claim.record;
        const reason = lastVerdict ?? lastError ?? 'not verified yet';
        throw new EffectUnknownError(this.#request.key, reason, { retryAfterMs: claim.retryAfterMs });
      }
      case 'call':
        return this.#callUnlessStopped({ held: claim, room, isUnknown: false }, { state: 'free' });
      case 'verify':
        return this.#findOut(claim, room);
    }
  }

  /** What was found out stands against what others do with the effect meanwhile: it is kept, or its owner hears of it. */
  async #keepOrTell(claim: EffectClaim, room: LeaseRoom, result: unknown): Promise<Performed> {
    if (claim.outcome === 'call' || claim.outcome === 'verify') return this.#caller.keepOvertaken(claim, room, result);
    const { keeper, reporter } = this.#parts;
    const isKept = claim.outcome === 'settled' && claim.record.state === 'done' && keeper.isSame(result, claim.result);
    if (!isKept) reporter.late(claim.record, false);
    return this.#act(claim, room);
  }

  #settled({ record, result }: Extract<EffectClaim, { outcome: 'settled' }>): Performed {
    const { key, state, lastError, lastVerdict } = record;
    if (state === 'refused') throw new EffectRefusedError(key, lastError ?? 'it is not known why');
    if (state === 'parked') throw new EffectParkedError(key, lastVerdict ?? lastError ?? 'it is not known why');
    const kept = decodeEffectResult(key, result);
    this.#parts.reporter.count('returned');
    return { result: kept };
  }

  async #findOut(held: HeldEffect & { readonly abandoned: boolean }, room: LeaseRoom): Promise<Performed> {
    const { reporter, verifier } = this.#parts;
    const { verify, signal } = this.#request.effect;
    if (held.abandoned) reporter.unknown(held.record, held.record.lastError ?? '');
    if (verify === 'call-again') return this.#callAgain({ held, room, isUnknown: true });
    const verification = await verifier.verify(held, { verify, signal });
    if (verification.type !== 'not-happened') return this.#caller.verified(held, verification);
    return this.#callAgain({ held, room, isUnknown: false });
  }

  async #callAgain({ held, room, isUnknown }: CallPlan): Promise<Performed> {
    const { store, executor, settleMs } = this.#parts.settings;
    const { record, hold } = held;
    const unknown = { state: 'unknown', dueInMs: RETRY_SOON_MS } as const;
    if (this.#mustNotCall()) return this.#callUnlessStopped({ held, room, isUnknown }, unknown);
    room.restart();
    const begin = { leaseMs: room.leaseMs, settleMs, fresh: !isUnknown };
    if (!(await store.intents.begin(executor, hold, begin))) return 'lost';
    const counts = isUnknown ? {} : { verifications: 0, undecided: 0 };
    const called = { ...held, record: { ...record, ...counts, attempts: record.attempts + 1 } };
    return this.#caller.call({ held: called, room, isUnknown });
  }

  /** `otherwise` is what becomes of the effect when it may not be called now. */
  async #callUnlessStopped(plan: CallPlan, otherwise: EffectRelease): Promise<Performed> {
    if (!this.#mustNotCall()) return this.#caller.call(plan);
    const { store, executor } = this.#parts.settings;
    await store.intents.release(executor, plan.held.hold, otherwise);
    this.#request.effect.signal?.throwIfAborted();
    throw this.#busy(RETRY_SOON_MS);
  }

  /** A call of this process may go on without anybody waiting for it: there must not be a second one. */
  #mustNotCall(): boolean {
    return this.#parts.running.has(this.#request.key) || this.#request.effect.signal?.aborted === true;
  }

  #busy(retryAfterMs: number): EffectBusyError {
    this.#parts.reporter.count('busy');
    return new EffectBusyError(this.#request.key, retryAfterMs);
  }
}
