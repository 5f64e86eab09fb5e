import type { Clock, Enqueuer, Ids } from '@holdfast/core';
import type { SqlExecutor, TransactionAdapter } from '@holdfast/sql';
import { type SagaId, sagaIdText } from '../store/saga-id.ts';
import type { SagaStore } from '../store/saga-store.ts';
import type { StoredSaga } from '../store/stored-saga.ts';
import type { DefinitionCatalogue } from './definition-catalogue.ts';
import { LiveInstance } from './live-instance.ts';

export interface SagaTransactionsOptions<Tx> {
  readonly definitions: DefinitionCatalogue;
  readonly store: SagaStore;
  readonly transactions: TransactionAdapter<Tx>;
  readonly outbox: Enqueuer<Tx>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly maxDataBytes: number;
}

/** Brings instances into an open transaction, and writes what became of them. It neither begins nor commits. */
export class SagaTransactions<Tx> {
  readonly #options: SagaTransactionsOptions<Tx>;

  constructor(options: SagaTransactionsOptions<Tx>) {
    this.#options = options;
  }

  /** Locks and loads instances, those that do not exist too, by {@link sagaIdText}; each id may be there several times. */
  async load(tx: Tx, ids: readonly SagaId[]): Promise<ReadonlyMap<string, LiveInstance>> {
    const { store, transactions } = this.#options;
    const executor = transactions.executor(tx);
    const distinct = byId(ids);
    const stored = byId(await store.instances.load(executor, [...distinct.values()]));
    const missing = [...distinct.values()].filter((id) => !stored.has(sagaIdText(id)) && this.#parksUnmatched(id));
    if (missing.length > 0) {
      await store.instances.lockMissing(executor, missing);
      for (const [text, saga] of byId(await store.instances.load(executor, missing))) stored.set(text, saga);
    }
    const live = new Map<string, LiveInstance>();
    for (const [text, id] of distinct) live.set(text, await this.#live(executor, id, stored.get(text) ?? null));
    return live;
  }

  /** Writes what became of them and sends what they sent. @throws TransactionConflictError, SagaDataTooLargeError */
  async write(tx: Tx, instances: Iterable<LiveInstance>): Promise<void> {
    const { store, transactions, outbox } = this.#options;
    const executor = transactions.executor(tx);
    const all = [...instances];
    const writes = all.flatMap((instance) => instance.write() ?? []);
    if (writes.length > 0) await store.instances.write(executor, writes);
    for (const instance of all) {
      const unmatched = instance.unmatched();
      if (unmatched.length > 0) await store.instances.parkUnmatched(executor, instance.id, unmatched);
    }
    const sent = all.flatMap((instance) => instance.sent);
    if (sent.length > 0) await outbox.enqueue(tx, sent);
  }

  async #live(executor: SqlExecutor, id: SagaId, stored: StoredSaga | null): Promise<LiveInstance> {
    const { definitions, store, clock, ids, maxDataBytes } = this.#options;
    const mayHaveParked = stored === null ? this.#parksUnmatched(id) : stored.parked > 0;
    return new LiveInstance({
      id: { saga: id.saga, key: id.key },
      definition:
        stored === null ? definitions.newest(id.saga) : definitions.version(id.saga, stored.definitionVersion),
      stored,
      parked: mayHaveParked ? await store.instances.parked(executor, id) : [],
      now: clock.now(),
      nextId: () => ids.next(),
      maxDataBytes,
    });
  }

  #parksUnmatched({ saga }: SagaId): boolean {
    return this.#options.definitions.newest(saga).unmatched === 'park';
  }
}

function byId<Value extends SagaId>(values: readonly Value[]): Map<string, Value> {
  return new Map(values.map((value) => [sagaIdText(value), value]));
}
