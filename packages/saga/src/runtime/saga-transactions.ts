import type { Clock, Enqueuer, Ids } from '@holdfast/core';
import { hasCommitHooks, type SqlExecutor, type TransactionAdapter } from '@holdfast/sql';
import type { SagaDefinition } from '../definition/saga-definition.ts';
import type { ParkedEvent } from '../store/parked-event.ts';
import { type SagaId, sagaIdText } from '../store/saga-id.ts';
import type { SagaStore } from '../store/saga-store.ts';
import type { SagaWrite } from '../store/saga-write.ts';
import type { StoredSaga } from '../store/stored-saga.ts';
import type { DefinitionCatalogue } from './definition-catalogue.ts';
import { LiveInstance } from './live-instance.ts';
import type { SagaReport } from './saga-report.ts';
import type { TimerHints } from './timer-hints.ts';

export interface SagaTransactionsOptions<Tx> {
  readonly definitions: DefinitionCatalogue;
  readonly store: SagaStore;
  readonly transactions: TransactionAdapter<Tx>;
  readonly outbox: Enqueuer<Tx>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly maxDataBytes: number;
  readonly maxParked: number;
  readonly report: SagaReport;
  readonly timerHints: TimerHints;
}

export interface ReadInstance {
  readonly stored: StoredSaga | null;
  readonly parked: readonly ParkedEvent[];
  /** It is to be replaced by what fits this definition. @default it goes on by the one to which it is pinned */
  readonly replacedBy?: SagaDefinition;
  /** What the history must not show. @default what the definition says */
  readonly redact?: readonly string[];
}

interface ReadAhead {
  readonly distinct: ReadonlyMap<string, SagaId>;
  readonly loading: Promise<readonly StoredSaga[]>;
}

/** Brings instances into an open transaction, and writes what became of them. It neither begins nor commits. */
export class SagaTransactions<Tx> {
  readonly #options: SagaTransactionsOptions<Tx>;
  readonly #ahead = new WeakMap<object, ReadAhead>();

  constructor(options: SagaTransactionsOptions<Tx>) {
    this.#options = options;
  }

  /** Sends the statement of {@link load} before it is known whether these instances are wanted. Where they are not, nothing is changed. */
  readAhead(tx: Tx, ids: readonly SagaId[]): void {
    if (typeof tx !== 'object' || tx === null) return;
    const { store, transactions } = this.#options;
    const distinct = byId(ids);
    const loading = store.instances.load(transactions.executor(tx), [...distinct.values()]);
    loading.catch(() => {}); // Whoever loads them is told.
    this.#ahead.set(tx, { distinct, loading });
  }

  /** Locks and loads instances, those that do not exist too, by {@link sagaIdText}; each id may be there several times. */
  async load(tx: Tx, ids: readonly SagaId[]): Promise<ReadonlyMap<string, LiveInstance>> {
    const { store, transactions } = this.#options;
    const executor = transactions.executor(tx);
    const distinct = byId(ids);
    const ahead = this.#takeAhead(tx, distinct);
    const stored = byId(await (ahead ?? store.instances.load(executor, [...distinct.values()])));
    const missing = [...distinct.values()].filter((id) => !stored.has(sagaIdText(id)) && this.#parksUnmatched(id));
    if (missing.length > 0) {
      for (const [text, saga] of byId(await store.instances.lockMissing(executor, missing))) stored.set(text, saga);
    }
    const parked = await this.#parked(executor, [...distinct.values()], stored);
    const live = new Map<string, LiveInstance>();
    for (const [text, id] of distinct) {
      live.set(text, this.live(id, { stored: stored.get(text) ?? null, parked: parked.get(text) ?? [] }));
    }
    return live;
  }

  /** Writes what became of them and sends what they sent. @throws TransactionConflictError, SagaDataTooLargeError */
  async write(tx: Tx, instances: Iterable<LiveInstance>): Promise<void> {
    const { store, transactions, outbox } = this.#options;
    const executor = transactions.executor(tx);
    const all = [...instances];
    const writes = all.flatMap((instance) => instance.write() ?? []);
    if (writes.length > 0) await store.instances.write(executor, writes);
    const unmatched = all.flatMap((live) => live.unmatched().map((event) => ({ instance: live.id, event })));
    if (unmatched.length > 0) await store.instances.parkUnmatched(executor, unmatched);
    const sent = all.flatMap((instance) => instance.sent);
    if (sent.length > 0) await outbox.enqueue(tx, sent);
    this.whenCommitted(tx, () => this.#tell(all, writes));
  }

  /** Calls `tell` after the commit where the transaction has hooks for that, else at once. */
  whenCommitted(tx: Tx, tell: () => void): void {
    const executor = this.#options.transactions.executor(tx);
    if (hasCommitHooks(executor)) executor.onCommitted(tell);
    else tell();
  }

  #tell(instances: readonly LiveInstance[], writes: readonly SagaWrite[]): void {
    const { report, timerHints } = this.#options;
    for (const instance of instances) report.written(instance);
    const delays = writes.flatMap(({ schedule }) => schedule.map(({ afterMs }) => afterMs));
    if (delays.length > 0) timerHints.tell(delays.reduce((first, delay) => Math.min(first, delay)));
  }

  /** An instance by what was read of it. @throws UnknownDefinitionVersionError, UnknownStateError, SagaDataError */
  live(id: SagaId, { stored, parked, replacedBy, redact }: ReadInstance): LiveInstance {
    const { definitions, clock, ids, maxDataBytes, maxParked } = this.#options;
    const pinned = () =>
      stored === null ? definitions.newest(id.saga) : definitions.version(id.saga, stored.definitionVersion);
    return new LiveInstance({
      id: { saga: id.saga, key: id.key },
      definition: replacedBy ?? pinned(),
      stored,
      parked,
      now: clock.now(),
      nextId: () => ids.next(),
      maxDataBytes,
      maxParked,
      isUnread: replacedBy !== undefined,
      ...(redact !== undefined && { redact }),
    });
  }

  /** What waits for them; most have nothing, and cost nothing. */
  async #parked(
    executor: SqlExecutor,
    ids: readonly SagaId[],
    stored: ReadonlyMap<string, StoredSaga>,
  ): Promise<ReadonlyMap<string, ParkedEvent[]>> {
    const mayHaveSome = ids.filter((id) => {
      const saga = stored.get(sagaIdText(id));
      return saga === undefined ? this.#parksUnmatched(id) : saga.parked > 0;
    });
    const parked = new Map<string, ParkedEvent[]>();
    if (mayHaveSome.length === 0) return parked;
    for (const { instance, event } of await this.#options.store.instances.parked(executor, mayHaveSome)) {
      const text = sagaIdText(instance);
      const events = parked.get(text);
      if (events === undefined) parked.set(text, [event]);
      else events.push(event);
    }
    return parked;
  }

  #takeAhead(tx: Tx, wanted: ReadonlyMap<string, SagaId>): Promise<readonly StoredSaga[]> | null {
    if (typeof tx !== 'object' || tx === null) return null;
    const ahead = this.#ahead.get(tx);
    // Once: what is loaded later in this transaction may have been written by it.
    this.#ahead.delete(tx);
    return ahead !== undefined && [...wanted.keys()].every((text) => ahead.distinct.has(text)) ? ahead.loading : null;
  }

  #parksUnmatched({ saga }: SagaId): boolean {
    return this.#options.definitions.newest(saga).unmatched === 'park';
  }
}

function byId<Value extends SagaId>(values: readonly Value[]): Map<string, Value> {
  return new Map(values.map((value) => [sagaIdText(value), value]));
}
