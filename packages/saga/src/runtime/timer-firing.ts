import { backoffMs, summarizeError } from '@holdfast/core';
import { isDatabaseOutage, RepeatedTransaction, type SqlExecutor } from '@holdfast/sql';
import { sagaIdText } from '../store/saga-id.ts';
import type { DueTimer, StoredTimer } from '../store/timer-store.ts';
import type { LiveInstance } from './live-instance.ts';
import type { SagaParts } from './saga-parts.ts';

export interface TimerFiringOptions<Tx> {
  readonly parts: SagaParts<Tx>;
  /** Bounds of the pause before a timer that failed is tried again. */
  readonly retry: { readonly minMs: number; readonly maxMs: number };
  /** Called between transactions; `false` ends the firing, and what is left stays due. */
  readonly keepOn: () => Promise<boolean>;
}

/**
 * Fires timers that are due: all of them in one transaction, and each by itself when that fails. A timer that fails is postponed, and
 * holds back no other. Firing one twice does nothing: its row goes with the transition, and is looked for under the instance's lock.
 */
export class TimerFiring<Tx> {
  readonly #options: TimerFiringOptions<Tx>;
  readonly #transactions: RepeatedTransaction<Tx>;

  constructor(options: TimerFiringOptions<Tx>) {
    this.#options = options;
    this.#transactions = new RepeatedTransaction(options.parts);
  }

  /** Rejects when the database is away; what is not done then stays due. */
  async fire(due: readonly DueTimer[], signal: AbortSignal): Promise<void> {
    if (due.length > 1) {
      try {
        await this.#transact(due, signal);
        return;
      } catch (error) {
        if (signal.aborted || isDatabaseOutage(error)) throw error;
        this.#options.parts.report.emit({ type: 'timers-split', timers: due.length, error: summarizeError(error) });
      }
    }
    for (const timer of due) {
      if (signal.aborted || !(await this.#options.keepOn())) return;
      await this.#fireOne(timer, signal);
    }
  }

  async #fireOne(timer: DueTimer, signal: AbortSignal): Promise<void> {
    try {
      await this.#transact([timer], signal);
    } catch (error) {
      if (signal.aborted || isDatabaseOutage(error)) throw error;
      await this.#postpone(timer, error);
    }
  }

  async #transact(due: readonly DueTimer[], signal: AbortSignal): Promise<void> {
    const { report } = this.#options.parts;
    const { result } = await report.inTimersSpan(due.length, () =>
      this.#transactions.run((tx) => this.#apply(tx, due), signal),
    );
    for (const { timer, isStale } of result) report.fired(timer, { lagMs: timer.overdueMs, isStale });
  }

  async #apply(tx: Tx, due: readonly DueTimer[]): Promise<readonly FiredTimer[]> {
    const { sagas, store, transactions } = this.#options.parts;
    const executor = transactions.executor(tx);
    const instances = await sagas.load(tx, due);
    const set = new Set((await store.timers.stillSet(executor, due)).map(timerText));
    const fired = due
      .filter((timer) => set.has(timerText(timer)))
      .flatMap((timer) => fireAt(instances.get(sagaIdText(timer)), timer));
    await this.#remove(executor, fired);
    await sagas.write(tx, instances.values());
    return fired;
  }

  async #remove(executor: SqlExecutor, fired: readonly FiredTimer[]): Promise<void> {
    const stale = fired.filter(({ isStale }) => isStale).map(({ timer }) => timer);
    if (stale.length > 0) await this.#options.parts.store.timers.remove(executor, stale);
  }

  async #postpone(timer: DueTimer, error: unknown): Promise<void> {
    const { parts, retry } = this.#options;
    const failures = timer.failures + 1;
    const { minMs, maxMs } = retry;
    // Half of it is chance; it grows all the same.
    const jitterMs = backoffMs(failures, { baseMs: minMs, maxMs, random: parts.random });
    const retryInMs = Math.ceil((jitterMs + Math.min(maxMs, minMs * 2 ** Math.min(failures - 1, 30))) / 2);
    const failure = { delayMs: retryInMs, error: summarizeError(error) };
    await parts.store.timers.postpone(parts.transactions, timer, failure);
    parts.report.failed(timer, { failures, retryInMs, error });
  }
}

interface FiredTimer {
  readonly timer: DueTimer;
  /** Its state does not take it. */
  readonly isStale: boolean;
}

/** Nothing for one that an earlier timer of this transaction has cancelled or set anew. */
function fireAt(instance: LiveInstance | undefined, timer: DueTimer): readonly FiredTimer[] {
  if (instance === undefined || instance.hasChanged(timer.timer)) return [];
  const decision = instance.take({ kind: 'timer', timer: timer.timer });
  return [{ timer, isStale: decision.kind !== 'moved' }];
}

function timerText({ saga, key, timer, epoch }: StoredTimer): string {
  return JSON.stringify([saga, key, timer, epoch]);
}
