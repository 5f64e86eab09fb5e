import type { OutgoingMessage } from '@holdfast/core';
import { RecordFactory, type RecordFactoryOptions } from './record-factory.ts';
import type { SyncLogWriter } from './store/log-writer.ts';
import type { WakeUp } from './wake-up.ts';

export interface SyncOutboxOptions<Tx, Executor> extends RecordFactoryOptions {
  readonly store: SyncLogWriter<Executor> & { readonly wakeUp: WakeUp };
  /** What the service's transactions are: `new BetterSqlite3Transactions()`. */
  readonly transactions: { executor(tx: Tx): Executor };
}

/** `send` for synchronous handles, inside `db.transaction(() => { … })` of better-sqlite3. */
export class SyncOutbox<Tx, Executor = unknown> {
  readonly #options: SyncOutboxOptions<Tx, Executor>;
  readonly #records: RecordFactory;

  constructor(options: SyncOutboxOptions<Tx, Executor>) {
    const { store: _store, transactions: _transactions, ...encoding } = options;
    this.#options = options;
    this.#records = new RecordFactory(encoding);
  }

  /** Like {@link Outbox.send}, with the same guarantees and errors, without waiting. */
  send(tx: Tx, messages: OutgoingMessage | readonly OutgoingMessage[]): readonly string[] {
    const { store, transactions } = this.#options;
    const executor = transactions.executor(tx);
    const records = this.#records.records(Array.isArray(messages) ? messages : [messages as OutgoingMessage]);
    if (records.length === 0) return [];
    store.appendSync(executor, records);
    store.wakeUp.signal();
    return records.map(({ envelope }) => envelope.id);
  }
}
