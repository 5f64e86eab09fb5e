import type { Enqueuer } from '@holdfast/core';
import { isPipelined, type TransactionAdapter } from '@holdfast/sql';
import { IdReusedError } from '../errors/id-reused-error.ts';
import type { MessageIdentity } from '../store/message-identity.ts';
import type { RecordEntry, Recorded, RecordStore } from '../store/record-store.ts';
import type { SharedWork } from './batch/batch-work.ts';
import type { MessageApplier } from './message-applier.ts';
import { OutgoingMessages } from './outgoing-messages.ts';
import type { Received } from './received.ts';
import type { ReadsAhead, Work } from './work.ts';

export interface RecordApplierOptions<Tx> {
  readonly consumer: string;
  readonly records: RecordStore;
  readonly transactions: TransactionAdapter<Tx>;
  readonly outbox: Enqueuer<Tx> | undefined;
}

/** Records first, then works. The record statement is sent before anything is waited for, so that it can travel with BEGIN. */
export class RecordApplier<Tx> implements MessageApplier<Tx> {
  readonly #options: RecordApplierOptions<Tx>;

  constructor(options: RecordApplierOptions<Tx>) {
    this.#options = options;
  }

  async apply(tx: Tx, received: Received, work: Work<Tx>): Promise<'applied' | 'duplicate'> {
    const { outbox } = this.#options;
    const [recorded] = await this.#record(tx, [received], work);
    if (recorded === 'conflict') throw new IdReusedError(this.identityOf(received));
    if (recorded !== 'new') return 'duplicate';
    const outgoing = new OutgoingMessages(tx, outbox);
    await this.#work(tx, { received, work, outgoing });
    await outgoing.settled();
    received.signal.throwIfAborted();
    return 'applied';
  }

  /** Records all by one statement, then works off those that are new, in their order. */
  async applyBatch(
    tx: Tx,
    batch: readonly Received[],
    { work, signal }: { readonly work: SharedWork<Tx>; readonly signal: AbortSignal },
  ): Promise<readonly Recorded[]> {
    const { outbox } = this.#options;
    const recorded = await this.#record(tx, batch, work);
    const fresh = batch.filter((_, index) => recorded[index] === 'new');
    const outgoing = new OutgoingMessages(tx, outbox);
    if (typeof work === 'function') {
      for (const received of fresh) await this.#work(tx, { received, work, outgoing });
    } else if (fresh.length > 0) {
      const messages = fresh.map(({ message }) => message);
      await work.applyAll(messages, { tx, signal, send: (sent, cause) => outgoing.send(sent, cause) });
    }
    await outgoing.settled();
    signal.throwIfAborted();
    return recorded;
  }

  identityOf({ envelope: { source, id } }: Received): MessageIdentity {
    return { consumer: this.#options.consumer, source, id };
  }

  entryOf({ envelope: { source, id }, digest }: Received): RecordEntry {
    return { consumer: this.#options.consumer, source, id, digest };
  }

  #record(tx: Tx, batch: readonly Received[], work: Partial<ReadsAhead<Tx>>): Promise<readonly Recorded[]> {
    const { records, transactions } = this.#options;
    const executor = transactions.executor(tx);
    const entries = batch.map((received) => this.entryOf(received));
    const recording = records.record(executor, entries);
    if (work.readAhead !== undefined && isPipelined(executor)) {
      const messages = batch.map(({ message }) => message);
      work.readAhead(messages, { tx });
    }
    return recording;
  }

  async #work(
    tx: Tx,
    one: { readonly received: Received; readonly work: Work<Tx>; readonly outgoing: OutgoingMessages<Tx> },
  ): Promise<void> {
    const { message, signal, attempt } = one.received;
    signal.throwIfAborted();
    await one.work(message, { tx, signal, attempt, send: (sent) => one.outgoing.send(sent, message) });
  }
}
