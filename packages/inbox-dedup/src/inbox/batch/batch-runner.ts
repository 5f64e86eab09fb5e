import { summarizeError } from '@holdfast/core';
import type { RepeatedTransaction } from '@holdfast/sql';
import { isDatabaseOutage, type SqlExecutor } from '@holdfast/sql';
import { IdReusedError } from '../../errors/id-reused-error.ts';
import type { Recorded, RecordStore } from '../../store/record-store.ts';
import type { AttemptTracker } from '../attempt-tracker.ts';
import type { InboxReport } from '../inbox-report.ts';
import type { MessageRunner } from '../message-runner.ts';
import type { Received } from '../received.ts';
import type { RecordApplier } from '../record-applier.ts';
import { RECORDS_FIRST } from '../records-first.ts';
import type { AnyWork, PreparedWork, Work } from '../work.ts';
import type { BatchOutcome } from './batch-message.ts';
import type { BatchWork, SharedWork } from './batch-work.ts';
import { HeldKeys } from './held-keys.ts';

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

/** What the parts of one batch share. */
interface BatchCall<Tx> {
  readonly work: BatchWork<Tx>;
  readonly signal: AbortSignal;
  readonly held: HeldKeys;
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
    const held = new HeldKeys((received) => this.#options.runner.isGated(received));
    const outcomes: BatchOutcome[] = [];
    let outage: BatchOutcome | undefined;
    for (const [phase, places] of phases.entries()) {
      const messages = places.flatMap((place) => batch[place] ?? []);
      const results = outage === undefined ? await this.#phase(phase, messages, { work, signal, held }) : [];
      for (const [index, place] of places.entries()) outcomes[place] = results[index] ?? outage ?? DUPLICATE;
      outage ??= results.find((result) => result.outcome === 'failed' && isDatabaseOutage(result.error));
    }
    for (const [place, first] of copies) outcomes[place] = ofCopy(outcomes[first]);
    return outcomes;
  }

  async #phase(phase: number, batch: readonly Received[], call: BatchCall<Tx>): Promise<BatchOutcome[]> {
    const shares = phase % 2 === 0 && batch.length > 1;
    if (!shares) return this.#oneByOne(batch, call);
    const free = batch.filter((received) => call.held.outcomeOf(received) === null);
    const outcomes = free.length === 0 ? [] : await this.#shared(free, call);
    const byMessage = new Map(free.map((received, index) => [received, outcomes[index]]));
    return batch.map((received) => byMessage.get(received) ?? call.held.outcomeOf(received) ?? DUPLICATE);
  }

  async #shared(batch: readonly Received[], call: BatchCall<Tx>): Promise<BatchOutcome[]> {
    const { work } = call;
    try {
      return isPrepared(work)
        ? await this.#preparedTransaction(batch, work, call)
        : await this.#transaction(batch, work, call);
    } catch (error) {
      return batch.map(() => failed(error));
    }
  }

  /** Prepares what is not known yet; what cannot be prepared leaves the batch. */
  async #preparedTransaction(
    batch: readonly Received[],
    work: PreparedWork<Tx, unknown>,
    call: BatchCall<Tx>,
  ): Promise<BatchOutcome[]> {
    const { signal, held } = call;
    const { records, executor, applier, attempts, prepareConcurrency } = this.#options;
    const entries = batch.map((received) => applier.entryOf(received));
    const known = await records.look(executor, entries);
    const open = batch.filter((_, index) => known[index] === 'new');
    const prepared = await attempts.runUncounted(signal, () => prepareAll(open, work, prepareConcurrency));
    const values = new Map(open.map(({ message }, index) => [message, prepared[index]]));
    const left = new Map<Received, BatchOutcome>();
    const ready = open.filter((received, index) => {
      const outcome = outcomeOfPrepare(prepared[index]) ?? held.outcomeOf(received);
      if (outcome === null) return true;
      held.note(received, outcome);
      left.set(received, outcome);
      return false;
    });
    const apply: Work<Tx> = (message, context) => {
      const value = values.get(message);
      return work.apply(message, { ...context, prepared: value?.status === 'fulfilled' ? value.value : undefined });
    };
    const applied = ready.length === 0 ? [] : await this.#transaction(ready, apply, call);
    const byMessage = new Map(ready.map((received, index) => [received, applied[index]]));
    return batch.map(
      (received, index) => left.get(received) ?? byMessage.get(received) ?? this.#outcomeOf(received, known[index]),
    );
  }

  async #transaction(batch: readonly Received[], work: SharedWork<Tx>, call: BatchCall<Tx>): Promise<BatchOutcome[]> {
    const { signal } = call;
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
      if (signal.aborted || isDatabaseOutage(error)) throw error;
      report.emit({ type: 'batch-split', messages: batch.length, error: summarizeError(error) });
      return this.#oneByOne(batch, { ...call, work });
    }
  }

  async #oneByOne(batch: readonly Received[], { work, held }: Omit<BatchCall<Tx>, 'signal'>): Promise<BatchOutcome[]> {
    const single = 'applyAll' in work ? alone(work) : work;
    const outcomes: BatchOutcome[] = [];
    let outage: BatchOutcome | null = null;
    for (const received of batch) {
      const outcome: BatchOutcome = outage ?? held.outcomeOf(received) ?? (await this.#one(received, single));
      held.note(received, outcome);
      if (outcome.outcome === 'failed' && isDatabaseOutage(outcome.error)) outage = outcome;
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

function outcomeOfPrepare(prepared: PromiseSettledResult<unknown> | undefined): BatchOutcome | null {
  return prepared?.status === 'rejected' ? failed(prepared.reason) : null;
}

function failed(error: unknown): BatchOutcome {
  return { outcome: 'failed', error };
}

/** The second of two equal messages, when the first is dealt with. */
function ofCopy(first: BatchOutcome | undefined): BatchOutcome {
  return first === undefined || first.outcome === 'applied' ? DUPLICATE : first;
}
