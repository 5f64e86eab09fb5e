import { failureClassOf, integerOption } from '@holdfast/core';
import type { VerifyEffect } from './effect.ts';
import type { EffectSettings } from './effect-journal-options.ts';
import type { EffectReporter } from './effect-reporter.ts';
import type { EffectVerifier, Verification } from './effect-verifier.ts';
import { EffectParkedError } from './errors/effect-parked-error.ts';
import type { HeldEffect } from './store/effect-intent-store.ts';

export interface ResolveOptions {
  /** Most effects to look at. @default 100 */
  readonly limit?: number;
  /** Verifications at once. @default 4 */
  readonly concurrency?: number;
  readonly signal?: AbortSignal;
}

/** How many effects ended in which way. */
export interface DueResolution {
  readonly happened: number;
  readonly notHappened: number;
  readonly parked: number;
  /** Still unknown. */
  readonly open: number;
}

export interface DueResolverParts {
  readonly settings: EffectSettings;
  readonly reporter: EffectReporter;
  readonly verifier: EffectVerifier;
}

/** @throws InvalidOptionError */
export function resolveLimits({ limit, concurrency }: ResolveOptions): Required<Omit<ResolveOptions, 'signal'>> {
  return {
    limit: integerOption('limit', limit, { min: 1, max: 100_000, default: 100 }),
    concurrency: integerOption('concurrency', concurrency, { min: 1, max: 100, default: 4 }),
  };
}

/** One pass over what is due. */
interface Pass {
  readonly verify: VerifyEffect<unknown>;
  readonly signal: AbortSignal | undefined;
  readonly counts: { happened: number; notHappened: number; parked: number; open: number };
  left: number;
}

/** Finds out about effects that nobody performs any more. */
export class DueResolver {
  readonly #parts: DueResolverParts;

  constructor(parts: DueResolverParts) {
    this.#parts = parts;
  }

  /** Rejects with errors of the database only. A provider that asks for less ends the pass. */
  async resolve(verify: VerifyEffect<unknown>, options: ResolveOptions): Promise<DueResolution> {
    const { limit, concurrency } = resolveLimits(options);
    const counts = { happened: 0, notHappened: 0, parked: 0, open: 0 };
    const pass: Pass = { verify, signal: options.signal, counts, left: limit };
    const workers = await Promise.allSettled(Array.from({ length: concurrency }, () => this.#work(pass)));
    for (const worker of workers) {
      if (worker.status === 'rejected') throw worker.reason;
    }
    return counts;
  }

  async #work(pass: Pass): Promise<void> {
    const { journal, store, executor, verifyDeadlineMs, leaseMarginMs } = this.#parts.settings;
    while (pass.left > 0 && !pass.signal?.aborted) {
      pass.left -= 1;
      const leaseMs = verifyDeadlineMs + leaseMarginMs;
      const held = await store.intents.claimDue(executor, { journal, leaseMs });
      if (held === null) return;
      if (held.abandoned) this.#parts.reporter.unknown(held.record, held.record.lastError ?? '');
      await this.#resolve(held, pass);
    }
  }

  async #resolve(held: HeldEffect, pass: Pass): Promise<void> {
    const verification = await this.#verified(held, pass);
    switch (verification.type) {
      case 'kept':
        pass.counts.happened += 1;
        return;
      case 'not-happened':
        if (await this.#free(held)) pass.counts.notHappened += 1;
        return;
      case 'parked':
        pass.counts.parked += 1;
        return;
      case 'open':
        pass.counts.open += 1;
        if (failureClassOf(verification.error) === 'overloaded') pass.left = 0;
        return;
      case 'overtaken':
        this.#parts.reporter.late(held.record, false);
        return;
      case 'lost':
    }
  }

  async #verified(held: HeldEffect, { verify, signal }: Pass): Promise<Verification> {
    try {
      return await this.#parts.verifier.verify(held, { verify, signal });
    } catch (error) {
      // It happened, and what its result is cannot be kept.
      if (error instanceof EffectParkedError) return { type: 'parked', reason: error.reason };
      throw error;
    }
  }

  /** The next `perform` calls it. */
  #free({ hold }: HeldEffect): Promise<boolean> {
    const { store, executor } = this.#parts.settings;
    return store.intents.release(executor, hold, { state: 'free', verdict: 'it did not happen' });
  }
}
