import { backoffMs, summarizeError } from '@holdfast/core';
import type { EffectSettings } from './effect-journal-options.ts';
import type { EffectReporter } from './effect-reporter.ts';
import { decodeEffectResult, encodeEffectResult } from './effect-result.ts';
import { EffectParkedError } from './errors/effect-parked-error.ts';
import { InvalidEffectResultError } from './errors/invalid-effect-result-error.ts';
import type { HeldEffect } from './store/effect-intent-store.ts';

/** Whether a result was kept. `lost`: somebody else has settled or claimed the effect, and decides. */
export type Keeping = { readonly type: 'kept'; readonly result: unknown } | { readonly type: 'lost' };

const TRIES = 4;
const BACKOFF = { baseMs: 50, maxMs: 1_000 };

/** Keeps results. A database that fails for a moment is tried again: the answer of a call is not to be had twice. */
export class ResultKeeper {
  readonly #settings: EffectSettings;
  readonly #reporter: EffectReporter;

  constructor(settings: EffectSettings, reporter: EffectReporter) {
    this.#settings = settings;
    this.#reporter = reporter;
  }

  /**
   * `verdict` tells how it was found out, if not by the call. What is kept is what is returned, now and ever after.
   * @throws EffectParkedError when it happened but its result cannot be kept: then a person must see it
   */
  async keep(effect: HeldEffect, result: unknown, verdict: string | null): Promise<Keeping> {
    const bytes = await this.#encoded(effect, result);
    if (bytes === 'lost') return { type: 'lost' };
    for (let tried = 1; ; tried += 1) {
      try {
        const { store, executor } = this.#settings;
        if (!(await store.intents.keep(executor, effect.hold, { result: bytes, verdict }))) return { type: 'lost' };
        return { type: 'kept', result: decodeEffectResult(effect.hold.key, bytes) };
      } catch (error) {
        this.#reporter.error('keep', error);
        if (tried >= TRIES) throw error;
        await this.#settings.clock.sleep(backoffMs(tried, { ...BACKOFF, random: this.#settings.verifyBackoff.random }));
      }
    }
  }

  /** Whether `kept` is this result: a write whose answer was lost has happened all the same. */
  isSame(result: unknown, kept: Uint8Array | null): boolean {
    try {
      const bytes = encodeEffectResult(result, this.#settings.maxResultBytes);
      return bytes === null || kept === null ? bytes === kept : Buffer.compare(bytes, kept) === 0;
    } catch {
      return false;
    }
  }

  async #encoded({ hold, record }: HeldEffect, result: unknown): Promise<Uint8Array | null | 'lost'> {
    const { store, executor, maxResultBytes } = this.#settings;
    try {
      return encodeEffectResult(result, maxResultBytes);
    } catch (error) {
      if (!(error instanceof InvalidEffectResultError)) throw error;
      const reason = `it happened, but its result ${error.reason}`;
      const parked = await store.intents.release(executor, hold, { state: 'parked', error: summarizeError(reason) });
      if (!parked) return 'lost';
      this.#reporter.parked(record, reason);
      throw new EffectParkedError(hold.key, reason, { cause: error });
    }
  }
}
