import { summarizeError } from '@holdfast/core';
import type { SqlExecutor } from '@holdfast/sql';
import { IdReusedError } from '../../errors/id-reused-error.ts';
import type { Recorded, RecordStore } from '../../store/record-store.ts';
import type { AttemptTracker } from '../attempt-tracker.ts';
import type { InboxReport } from '../inbox-report.ts';
import type { MessageRunner } from '../message-runner.ts';
import type { Received } from '../received.ts';
import type { RecordApplier } from '../record-applier.ts';
import { RECORDS_FIRST, type RepeatedTransaction } from '../repeated-transaction.ts';
import type { AnyWork, PreparedWork, Work } from '../work.ts';
import type { BatchOutcome } from './batch-message.ts';
import type { BatchWork, SharedWork } from './batch-work.ts';
import { isOutage } from './is-outage.ts';
import { planBatch } from './plan-batch.ts';
import { prepareAll } from './prepare-all.ts';

export interface BatchRunnerOptions<Tx> {
  readonly runner: MessageRunner<Tx>;
  readonly applier: RecordApplier<Tx>;
  readonly transactions: RepeatedTransaction<Tx>;
  readonly records: RecordStore;
  readonly attempts: AttemptTracker;
  /** Every statement by itself. */
  readonly executor: SqlExecutor;
  readonly report: InboxReport;
  readonly prepareConcurrency: number;
}

const DUPLICATE: BatchOutcome = { outcome: 'duplicate' };
const APPLIED: BatchOutcome = { outcome: 'applied' };

/** Handles messages in transactions that they share; when one of those fails, each of its messages by itself. */
export class BatchRunner<Tx> {
  readonly #options: BatchRunnerOptions<Tx>;

  constructor(options: BatchRunnerOptions<Tx>) {
    this.#options = options;
  }

  /** What became of each message, at its place. Does not reject. */
  async run(batch: readonly Received[], work: BatchWork<Tx>, signal: AbortSignal): Promise<readonly BatchOutcome[]> {
    const { phases, copies } = planBatch(batch, (received) => this.#options.runner.mayShare(received));
    const outcomes: BatchOutcome[] = [];
    let outage: BatchOutcome | undefined;
    for (const [phase, places] of phases.entries()) {
      const messages = places.flatMap((place) => batch[place] ?? []);
      const results = outage === undefined ? await this.#phase(phase, messages, { work, signal }) : [];
      for (const [index, place] of places.entries()) outcomes[place] = results[index] ?? outage ?? DUPLICATE;
      outage ??= results.find((result) => result.outcome === 'failed' && isOutage(result.error));
    }
    for (const [place, first] of copies) outcomes[place] = ofCopy(outcomes[first]);
    return outcomes;
  }

  #phase(
    phase: number,
    batch: readonly Received[],
    { work, signal }: { readonly work: BatchWork<Tx>; readonly signal: AbortSignal },
  ): Promise<BatchOutcome[]> {
    const shares = phase % 2 === 0 && batch.length > 1;
    return shares ? this.#shared(batch, work, signal) : this.#oneByOne(batch, work);
  }

  async #shared(batch: readonly Received[], work: BatchWork<Tx>, signal: AbortSignal): Promise<BatchOutcome[]> {
    try {
      return isPrepared(work)
        ? await this.#preparedTransaction(batch, work, signal)
        : await this.#transaction(batch, work, signal);
    } catch (error) {
      return batch.map(() => failed(error));
    }
  }

  /** Prepares what is not known yet; what cannot be prepared leaves the batch. */
  async #preparedTransaction(
    batch: readonly Received[],
    work: PreparedWork<Tx, unknown>,
    signal: AbortSignal,
  ): Promise<BatchOutcome[]> {
    const { records, executor, applier, attempts, prepareConcurrency } = this.#options;
    const entries = batch.map((received) => applier.entryOf(received));
    const known = await records.look(executor, entries);
    const open = batch.filter((_, index) => known[index] === 'new');
    const prepared = await attempts.runUncounted(signal, () => prepareAll(open, work, prepareConcurrency));
    const values = new Map(open.map(({ message }, index) => [message, prepared[index]]));
    const ready = open.filter((_, index) => prepared[index]?.status === 'fulfilled');
    const apply: Work<Tx> = (message, context) => {
      const value = values.get(message);
      return work.apply(message, { ...context, prepared: value?.status === 'fulfilled' ? value.value : undefined });
    };
    const applied = ready.length === 0 ? [] : await this.#transaction(ready, apply, signal);
    const byMessage = new Map(ready.map((received, index) => [received, applied[index]]));
    return batch.map((received, index) => {
      const value = values.get(received.message);
      if (value?.status === 'rejected') return failed(value.reason);
      return byMessage.get(received) ?? this.#outcomeOf(received, known[index]);
    });
  }

  async #transaction(batch: readonly Received[], work: SharedWork<Tx>, signal: AbortSignal): Promise<BatchOutcome[]> {
    const { transactions, applier, attempts, report } = this.#options;
    try {
      const { result, maybeBefore } = await attempts.runUncounted(signal, () =>
        transactions.run((tx) => applier.applyBatch(tx, batch, { work, signal }), signal, RECORDS_FIRST),
      );
      return batch.map((received, index) => {
        // This call applied it, in a commit whose answer was lost.
        if (maybeBefore && result[index] === 'duplicate') return APPLIED;
        return this.#outcomeOf(received, result[index]);
      });
    } catch (error) {
      if (signal.aborted || isOutage(error)) throw error;
      report.emit({ type: 'batch-split', messages: batch.length, error: summarizeError(error) });
      return this.#oneByOne(batch, work);
    }
  }

  async #oneByOne(batch: readonly Received[], work: BatchWork<Tx>): Promise<BatchOutcome[]> {
    const single = 'applyAll' in work ? alone(work) : work;
    const outcomes: BatchOutcome[] = [];
    let outage: BatchOutcome | null = null;
    for (const received of batch) {
      const outcome: BatchOutcome = outage ?? (await this.#one(received, single));
      if (outcome.outcome === 'failed' && isOutage(outcome.error)) outage = outcome;
      outcomes.push(outcome);
    }
    return outcomes;
  }

  async #one(received: Received, work: AnyWork<Tx>): Promise<BatchOutcome> {
    try {
      return { outcome: await this.#options.runner.run(received, work) };
    } catch (error) {
      return failed(error);
    }
  }

  #outcomeOf(received: Received, recorded: Recorded | undefined): BatchOutcome {
    if (recorded === 'conflict') return failed(new IdReusedError(this.#options.applier.identityOf(received)));
    return recorded === 'new' ? APPLIED : DUPLICATE;
  }
}

function isPrepared<Tx>(work: BatchWork<Tx>): work is PreparedWork<Tx, unknown> {
  return typeof work === 'object' && 'prepare' in work;
}

function alone<Tx>(work: Extract<BatchWork<Tx>, { applyAll: unknown }>): Work<Tx> {
  return (message, { tx, signal, send }) => work.applyAll([message], { tx, signal, send: (sent) => send(sent) });
}

function failed(error: unknown): BatchOutcome {
  return { outcome: 'failed', error };
}

/** The second of two equal messages, when the first is dealt with. */
function ofCopy(first: BatchOutcome | undefined): BatchOutcome {
  return first === undefined || first.outcome === 'applied' ? DUPLICATE : first;
}
