import type { SqlExecutor } from '@holdfast/sql';
import { IdReusedError } from '../errors/id-reused-error.ts';
import type { SequenceGate } from '../gate/sequence-gate.ts';
import type { RecordStore } from '../store/record-store.ts';
import type { Received } from './received.ts';
import type { RecordApplier } from './record-applier.ts';
import type { RepeatedTransaction } from './repeated-transaction.ts';
import type { AnyWork, HandleOutcome, PreparedWork, Work } from './work.ts';

export interface MessageRunnerOptions<Tx> {
  readonly applier: RecordApplier<Tx>;
  readonly transactions: RepeatedTransaction<Tx>;
  readonly records: RecordStore;
  readonly gate: SequenceGate<Tx>;
  /** Every statement by itself. */
  readonly executor: SqlExecutor;
}

/** Takes one message from its arrival to its commit. */
export class MessageRunner<Tx> {
  readonly #options: MessageRunnerOptions<Tx>;

  constructor(options: MessageRunnerOptions<Tx>) {
    this.#options = options;
  }

  async run(received: Received, work: AnyWork<Tx>): Promise<HandleOutcome> {
    const { gate } = this.#options;
    const place = gate.placeOf(received.envelope);
    if (place !== null) return gate.handle(received, place, work);
    return typeof work === 'function' ? this.#apply(received, work) : this.#prepareAndApply(received, work);
  }

  /** Whether it may be applied in a transaction with others. One that comes again may be what ended the process before. */
  mayShare({ attempt, envelope }: Received): boolean {
    return attempt === 1 && !this.#options.gate.isGated(envelope);
  }

  async #prepareAndApply<Prepared>(received: Received, work: PreparedWork<Tx, Prepared>): Promise<HandleOutcome> {
    if (await this.#isKnown(received)) return 'duplicate';
    const { message, attempt, signal } = received;
    const prepared = await work.prepare(message, { attempt, signal });
    return this.#apply(received, (_, context) => work.apply(message, { ...context, prepared }));
  }

  /** A look is enough before an outside call: what comes in between shows when it is recorded. */
  async #isKnown(received: Received): Promise<boolean> {
    const { records, executor, applier } = this.#options;
    const [recorded] = await records.look(executor, [applier.entryOf(received)]);
    if (recorded === 'conflict') throw new IdReusedError(applier.identityOf(received));
    return recorded === 'duplicate';
  }

  async #apply(received: Received, work: Work<Tx>): Promise<HandleOutcome> {
    const { transactions, applier } = this.#options;
    const { result, maybeBefore } = await transactions.run((tx) => applier.apply(tx, received, work), received.signal);
    // This call applied it, in a commit whose answer was lost.
    return result === 'duplicate' && maybeBefore ? 'applied' : result;
  }
}
