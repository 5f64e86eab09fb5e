import { type Clock, integerOption, oneOfOption, SystemClock, summarizeError, TransientError } from '@holdfast/core';
import { DatabaseBusyError, DatabaseTimeoutError, DatabaseUnavailableError, type SqlExecutor } from '@holdfast/sql';
import { QuarantinedError } from '../errors/quarantined-error.ts';
import type { AttemptStarted, AttemptStore, Attempts } from '../store/attempt-store.ts';
import type { MessageIdentity } from '../store/message-identity.ts';
import { recordKey } from '../store/record-key.ts';
import { countsAsFailure } from './counts-as-failure.ts';
import { GatePlace } from './gate-place.ts';
import { RunGate } from './run-gate.ts';

export interface AttemptTrackerOptions {
  readonly store: AttemptStore;
  /** Every statement by itself, committed when it resolves. */
  readonly executor: SqlExecutor;
  /** Starts that never ended, after which a message is quarantined; at least 2. @default 3 */
  readonly maxUnfinished?: number | undefined;
  /**
   * `redelivered`: a first delivery is not counted, which costs nothing; `always`: every start is, for transports that do
   * not tell. @default 'redelivered'
   */
  readonly countStarts?: 'redelivered' | 'always' | undefined;
  readonly onQuarantined?: (attempts: Attempts) => void;
  /** Shared by those that are alone for each other. @default one of its own */
  readonly runGate?: RunGate | undefined;
  /** @default the system's clock */
  readonly clock?: Clock | undefined;
  /** An attempt that failed could not be recorded; it gets a summary. The next delivery counts it as unfinished. */
  readonly onUnrecorded?: (identity: MessageIdentity, error: string) => void;
}

/** A message that is about to be started. */
export interface TrackedDelivery {
  readonly identity: MessageIdentity;
  readonly type: string;
  readonly attempt: number;
  readonly signal: AbortSignal;
}

/** How long a last try waits for what runs beside it, and holds back what comes later. */
const ALONE_WAIT_MS = 30_000;

/**
 * Counts starts of messages that are delivered again, so that one that ends its process each time is found (F5.9).
 * The last try before quarantine runs alone in its process: neighbours that a poison message took along are proved innocent.
 * A work that never ends keeps it from that for a bounded time: then it is handed back, uncounted, and the others go on.
 */
export class AttemptTracker {
  readonly #options: AttemptTrackerOptions;
  readonly #maxUnfinished: number;
  readonly #countsFirst: boolean;
  readonly #gate: RunGate;
  /** How often each message runs in this process. */
  readonly #running = new Map<string, number>();

  constructor(options: AttemptTrackerOptions) {
    this.#options = options;
    this.#gate = options.runGate ?? new RunGate();
    this.#maxUnfinished = integerOption('maxUnfinished', options.maxUnfinished, { min: 2, max: 1_000, default: 3 });
    const allowed = ['redelivered', 'always'] as const;
    this.#countsFirst =
      oneOfOption('countStarts', options.countStarts, { allowed, default: 'redelivered' }) === 'always';
  }

  /** Whether the start of such a delivery is counted. One that is not costs no statement. */
  counts({ attempt }: { readonly attempt: number }): boolean {
    return attempt > 1 || this.#countsFirst;
  }

  /**
   * Runs `work` when the message may be started. One that runs here already, because its lease was lost, say, is not counted again: it is
   * slow, and ends no process. `isCounted` tells it to {@link clear} in the transaction that applies.
   * Must not be called inside of another `run` or `runUncounted`: one that waits to be alone would wait for itself.
   * @throws TransientError when it had to be alone and the works beside it did not end; QuarantinedError instead of running it; what `work` rejects with, after that was recorded
   */
  async run<Result>(delivery: TrackedDelivery, work: (isCounted: boolean) => Promise<Result>): Promise<Result> {
    const place = new GatePlace(this.#gate);
    await place.enter(delivery.signal);
    const key = recordKey(delivery.identity);
    const running = this.#running.get(key) ?? 0;
    this.#running.set(key, running + 1);
    try {
      const isCounted = running === 0 && this.counts(delivery);
      if (isCounted) await this.#start(delivery, place);
      return await this.#attempt(delivery, isCounted, work);
    } finally {
      this.#ended(key);
      place.leave();
    }
  }

  /** Runs `work`, of first deliveries only, beside others but never beside one that runs alone. */
  async runUncounted<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    const place = new GatePlace(this.#gate);
    try {
      await place.enter(signal);
      return await work();
    } finally {
      place.leave();
    }
  }

  /** Forgets the attempts in the transaction that applies the messages. */
  async clear(executor: SqlExecutor, identities: readonly MessageIdentity[]): Promise<number> {
    return this.#options.store.clear(executor, identities);
  }

  #ended(key: string): void {
    const running = (this.#running.get(key) ?? 1) - 1;
    if (running === 0) this.#running.delete(key);
    else this.#running.set(key, running);
  }

  async #start(delivery: TrackedDelivery, place: GatePlace): Promise<void> {
    const { identity } = delivery;
    let started = await this.#countStart(delivery, false);
    if (started.outcome === 'last-try') {
      // Nothing is counted while it waits: whatever ends the process meanwhile is somebody else.
      await this.#becomeAlone(delivery, place);
      started = await this.#countStart(delivery, true);
    }
    if (started.outcome !== 'quarantined') return;
    if (started.isNew) this.#options.onQuarantined?.(started.attempts);
    throw new QuarantinedError(identity, started.attempts.unfinished);
  }

  async #becomeAlone({ signal }: TrackedDelivery, place: GatePlace): Promise<void> {
    const { clock = new SystemClock() } = this.#options;
    const overdue = new AbortController();
    const entered = new AbortController();
    void clock.sleep(ALONE_WAIT_MS, entered.signal).then(() => {
      overdue.abort(
        new TransientError(`Works beside the last try of a message did not end within ${ALONE_WAIT_MS} ms.`),
      );
    });
    try {
      await place.becomeAlone(AbortSignal.any([signal, overdue.signal]));
    } finally {
      entered.abort('entered');
    }
  }

  async #countStart(delivery: TrackedDelivery, alone: boolean): Promise<AttemptStarted> {
    const { identity, type, attempt } = delivery;
    const request = {
      ...identity,
      type,
      maxUnfinished: this.#maxUnfinished,
      // The delivery before was not counted; it may have been started and never ended.
      earlierStarts: attempt > 1 && !this.#countsFirst ? 1 : 0,
      alone,
    };
    try {
      return await this.#options.store.start(this.#options.executor, request);
    } catch (error) {
      // It may be counted although nothing was started.
      if (mayHaveTakenEffect(error)) await this.#fail(delivery, { error, started: true });
      throw error;
    }
  }

  async #attempt<Result>(
    delivery: TrackedDelivery,
    isCounted: boolean,
    work: (isCounted: boolean) => Promise<Result>,
  ): Promise<Result> {
    try {
      return await work(isCounted);
    } catch (error) {
      await this.#fail(delivery, { error, started: isCounted });
      throw error;
    }
  }

  /** Best effort: the message's own error is what the caller must learn. */
  async #fail(delivery: TrackedDelivery, { error, started }: { error: unknown; started: boolean }): Promise<void> {
    const { identity, type, signal } = delivery;
    const counts = countsAsFailure(error, signal);
    // During an outage every message fails; none of them needs a row.
    if (!started && !counts) return;
    try {
      const failure = { ...identity, type, error: summarizeError(error), started, counts };
      await this.#options.store.fail(this.#options.executor, failure);
    } catch (unrecorded) {
      this.#options.onUnrecorded?.(identity, summarizeError(unrecorded));
    }
  }
}

function mayHaveTakenEffect(error: unknown): boolean {
  if (error instanceof DatabaseUnavailableError || error instanceof DatabaseTimeoutError) {
    return error.activity !== 'connect';
  }
  return !(error instanceof DatabaseBusyError);
}
