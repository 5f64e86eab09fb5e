import { InvalidOptionError, integerOption, oneOfOption, stringOption } from '@holdfast/core';
import { checkedVerdict } from './checked-verdict.ts';
import { type DueResolution, DueResolver, type ResolveOptions } from './due-resolver.ts';
import type { Effect, Verdict, VerifyEffect } from './effect.ts';
import {
  deadlineOption,
  type EffectJournalOptions,
  type EffectSettings,
  effectSettings,
} from './effect-journal-options.ts';
import { EffectPerformance } from './effect-performance.ts';
import { EffectReporter } from './effect-reporter.ts';
import { encodeEffectResult } from './effect-result.ts';
import { EffectVerifier } from './effect-verifier.ts';
import { EffectNotOpenError } from './errors/effect-not-open-error.ts';
import { idempotencyKeyOf } from './idempotency-key-of.ts';
import type { PerformanceParts } from './performance-parts.ts';
import { ResultKeeper } from './result-keeper.ts';
import { RunningCalls } from './running-calls.ts';
import type { EffectRecord } from './store/effect-record.ts';
import { type EffectStats, type OpenEffectState, openEffectStates } from './store/effect-review-store.ts';

/**
 * A journal of effects that no transaction covers. Each is named by a key that says all of what is to be done: `order-4711/charge`.
 *
 * Guarantees, for one key: the intent is committed before `call` starts. There is one call at a time, across processes: the holder of a
 * lease by the database's clock, fenced by a token. What a call returned is kept, and returned ever after without a call. When nobody
 * knows whether it happened, `verify` decides before it is called again, always with the same idempotency key; what cannot be decided
 * is parked for a person. Not promised: that a provider that forgets idempotency keys, and answers `verify` wrongly, acts once.
 *
 * Use it by itself or in the `prepare` of an inbox's work; on PostgreSQL also inside `apply`, on its own connection.
 */
export class EffectJournal {
  readonly #settings: EffectSettings;
  readonly #parts: PerformanceParts;
  readonly #reporter: EffectReporter;
  readonly #resolver: DueResolver;

  /** @throws InvalidOptionError */
  constructor(options: EffectJournalOptions) {
    const settings = effectSettings(options);
    const reporter = new EffectReporter(settings);
    const keeper = new ResultKeeper(settings, reporter);
    const verifier = new EffectVerifier({ settings, reporter, keeper });
    this.#settings = settings;
    this.#reporter = reporter;
    this.#parts = { settings, reporter, keeper, verifier, running: new RunningCalls() };
    this.#resolver = new DueResolver({ settings, reporter, verifier });
  }

  /**
   * Does it unless it is done, and returns its result as it is kept: what JSON makes of it.
   * @throws EffectUnknownError nobody knows yet: perform it again later, it finds out first
   * @throws EffectBusyError somebody else is at it
   * @throws EffectRefusedError the call said `permanent`, now or before
   * @throws EffectParkedError a person must settle it, or it happened and its result cannot be kept
   * @throws EffectNotPerformedError the call failed, and it is certain that nothing happened
   * @throws OverloadedError the call's own; errors of the database before the call
   */
  async perform<Result>(key: string, effect: Effect<Result>): Promise<Result> {
    const { call, verify, about, deadlineMs } = effect;
    if (typeof call !== 'function') throw new InvalidOptionError('call', call, 'a function');
    if (verify !== 'call-again' && typeof verify !== 'function') {
      throw new InvalidOptionError('verify', verify, 'a function, or "call-again"');
    }
    const performance = new EffectPerformance(this.#parts, {
      key: keyOption(key),
      idempotencyKey: this.idempotencyKeyOf(key),
      about: about === undefined ? null : stringOption('about', about, { maxBytes: 1_000 }),
      deadlineMs: deadlineOption(deadlineMs, this.#settings.deadlineMs),
      effect,
    });
    return (await performance.run()) as Result;
  }

  /** What a new effect of this key is known by at the provider. */
  idempotencyKeyOf(key: string): string {
    const { scope, journal } = this.#settings;
    return idempotencyKeyOf({ scope, journal, key });
  }

  /** All that is known of an effect but for its result, or `null`. */
  async find(key: string): Promise<EffectRecord | null> {
    const { store, executor, journal } = this.#settings;
    return store.review.find(executor, { journal, key: keyOption(key) });
  }

  /** Effects that are not settled, in the order of their keys. */
  async list(query: {
    readonly state: OpenEffectState;
    /** The last key of the page before. */
    readonly after?: string;
    /** @default 100 */
    readonly limit?: number;
  }): Promise<readonly EffectRecord[]> {
    const { store, executor, journal } = this.#settings;
    const state = oneOfOption('state', query.state, { allowed: openEffectStates });
    const limit = integerOption('limit', query.limit, { min: 1, max: 1_000, default: 100 });
    const after = query.after === undefined ? null : keyOption(query.after);
    return store.review.list(executor, { journal, state, after, limit });
  }

  /**
   * A person's decision on an effect that is unknown or parked: it happened, with this result; it did not, so that `perform` calls it;
   * or `unknown`, so that it is verified again from the start. `note` says who decided and why; it is kept.
   * @throws EffectNotOpenError, InvalidEffectResultError
   */
  async settle(key: string, verdict: Verdict<unknown>, options: { readonly note?: string } = {}): Promise<void> {
    const { store, executor, journal, maxResultBytes } = this.#settings;
    const checked = checkedVerdict(verdict);
    if (checked === undefined)
      throw new InvalidOptionError('verdict', verdict, '{ happened: true, false or "unknown" }');
    const { happened } = checked;
    const note = options.note === undefined ? '' : `: ${stringOption('note', options.note, { maxBytes: 1_000 })}`;
    const settlement = {
      state: happened === true ? 'done' : happened === false ? 'free' : 'unknown',
      result: checked.happened === true ? encodeEffectResult(checked.result, maxResultBytes) : null,
      verdict: `settled by hand as ${decisions[String(happened)]}${note}`,
    } as const;
    if (!(await store.review.settle(executor, { journal, key: keyOption(key) }, settlement))) {
      const found = await this.find(key);
      throw new EffectNotOpenError(key, whatIsThere(found));
    }
    this.#reporter.emit({ type: 'settled', key, happened });
  }

  /** Verifies effects that are due, those whose process went away included, oldest first. It never calls one. */
  resolveUnknown(verify: VerifyEffect<unknown>, options: ResolveOptions = {}): Promise<DueResolution> {
    return this.#resolver.resolve(verify, options);
  }

  /**
   * Forgets effects that are done, refused or free for longer than `retentionMs`; never one that is unknown or parked. A forgotten
   * effect is called again when somebody performs it: keep it for longer than any message or request for it can come again.
   * @returns how many, at most `limit` (1,000)
   */
  async purge(options: { readonly retentionMs: number; readonly limit?: number }): Promise<number> {
    const { store, executor, journal } = this.#settings;
    const retentionMs = integerOption('retentionMs', options.retentionMs, { min: 1 });
    const limit = integerOption('limit', options.limit, { min: 1, max: 100_000, default: 1_000 });
    return store.review.purge(executor, { journal, retentionMs, limit });
  }

  async stats(): Promise<EffectStats> {
    const { store, executor, journal } = this.#settings;
    return store.review.stats(executor, journal);
  }

  /** Reports what is not settled, whenever metrics are collected. Returns the function that ends it. */
  observe(): () => void {
    return this.#reporter.observe(() => this.stats());
  }

  /** Resolves when no call of this process runs any more, those that outlasted their deadline included. */
  async settled(): Promise<void> {
    await this.#parts.running.settled();
  }
}

const decisions: Readonly<Record<string, string>> = { true: 'happened', false: 'not happened', unknown: 'unknown' };

function whatIsThere(found: EffectRecord | null): string {
  if (found === null) return 'does not exist';
  return found.held ? `is "${found.state}", and somebody is at it: try again in a moment` : `is "${found.state}"`;
}

function keyOption(key: string): string {
  return stringOption('key', key, { maxBytes: 512 });
}
