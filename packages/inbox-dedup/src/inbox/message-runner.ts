import type { RepeatedTransaction, SqlExecutor, TransactionAdapter } from '@holdfast/sql';
import { IdReusedError } from '../errors/id-reused-error.ts';
import type { SequenceGate } from '../gate/sequence-gate.ts';
import type { RecordStore } from '../store/record-store.ts';
import type { AttemptTracker } from './attempt-tracker.ts';
import type { Received } from './received.ts';
import type { RecordApplier } from './record-applier.ts';
import { RECORDS_FIRST } from './records-first.ts';
import type { AnyWork, HandleOutcome, PreparedWork, Work } from './work.ts';

export interface MessageRunnerOptions<Tx> {
  readonly applier: RecordApplier<Tx>;
  readonly transactions: RepeatedTransaction<Tx>;
  readonly records: RecordStore;
  readonly gate: SequenceGate<Tx>;
  readonly attempts: AttemptTracker;
  /** Every statement by itself. */
  readonly executor: SqlExecutor & TransactionAdapter<Tx>;
}

/** Takes one message from its arrival to its commit. */
export class MessageRunner<Tx> {
  readonly #options: MessageRunnerOptions<Tx>;

  constructor(options: MessageRunnerOptions<Tx>) {
    this.#options = options;
  }

  async run(received: Received, work: AnyWork<Tx>): Promise<HandleOutcome> {
    const { gate, attempts, applier } = this.#options;
    const place = gate.placeOf(received.envelope);
    if (place !== null) return gate.handle(received, place, work);
    // What comes again was mostly applied, and needs no start then.
    if (attempts.counts(received) && (await this.#isAppliedBefore(received))) return 'duplicate';
    const { attempt, signal, envelope } = received;
    const delivery = { identity: applier.identityOf(received), type: envelope.type, attempt, signal };
    return attempts.run(delivery, (isCounted) =>
      typeof work === 'function'
        ? this.#apply(received, work, isCounted)
        : this.#prepareAndApply(received, work, isCounted),
    );
  }

  isGated(received: Received): boolean {
    return this.#options.gate.isGated(received.envelope);
  }

  /** Whether it may be applied in a transaction with others. One that comes again may be what ended the process before. */
  mayShare(received: Received): boolean {
    const { attempts } = this.#options;
    return !attempts.counts(received) && !this.isGated(received);
  }

  async #isAppliedBefore(received: Received): Promise<boolean> {
    if (!(await this.#isKnown(received))) return false;
    const { attempts, applier, executor } = this.#options;
    // A delivery that was not counted may have applied it while others were.
    await attempts.clear(executor, [applier.identityOf(received)]);
    return true;
  }

  async #prepareAndApply<Prepared>(
    received: Received,
    work: PreparedWork<Tx, Prepared>,
    isCounted: boolean,
  ): Promise<HandleOutcome> {
    if (!isCounted && (await this.#isKnown(received))) return 'duplicate';
    const { message, attempt, signal } = received;
    const prepared = await work.prepare(message, { attempt, signal });
    return this.#apply(received, (_, context) => work.apply(message, { ...context, prepared }), isCounted);
  }

  /** A look is enough before an outside call: what comes in between shows when it is recorded. */
  async #isKnown(received: Received): Promise<boolean> {
    const { records, executor, applier } = this.#options;
    const [recorded] = await records.look(executor, [applier.entryOf(received)]);
    if (recorded === 'conflict') throw new IdReusedError(applier.identityOf(received));
    return recorded === 'duplicate';
  }

  async #apply(received: Received, work: Work<Tx>, isCounted: boolean): Promise<HandleOutcome> {
    const { result, maybeBefore } = await this.#options.transactions.run(
      (tx) => (isCounted ? this.#applyCounted(tx, received, work) : this.#options.applier.apply(tx, received, work)),
      received.signal,
      RECORDS_FIRST,
    );
    // This call applied it, in a commit whose answer was lost.
    return result === 'duplicate' && maybeBefore ? 'applied' : result;
  }

  async #applyCounted(tx: Tx, received: Received, work: Work<Tx>): Promise<'applied' | 'duplicate'> {
    const { applier, attempts, executor } = this.#options;
    const outcome = await applier.apply(tx, received, work);
    await attempts.clear(executor.executor(tx), [applier.identityOf(received)]);
    return outcome;
  }
}
