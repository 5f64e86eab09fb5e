import type { InstanceStore, SagaId, SagaStore, SagaWrite, StoredSaga } from '@holdfast/saga';
import type { SqlExecutor } from '@holdfast/sql';
import { orderStatusOf } from './order-status.ts';

/**
 * The saga's tables, with each order's own row kept in step: its status is written in the transaction that moves the saga, whatever moved it,
 * an event, a timer or a person.
 */
export class OrderSagaStore implements SagaStore {
  readonly dialect: SagaStore['dialect'];
  readonly instances: InstanceStore;
  readonly timers: SagaStore['timers'];
  readonly queries: SagaStore['queries'];
  readonly waiting: SagaStore['waiting'];
  readonly retention: SagaStore['retention'];

  constructor(store: SagaStore) {
    this.dialect = store.dialect;
    this.instances = new OrderInstances(store.instances);
    this.timers = store.timers;
    this.queries = store.queries;
    this.waiting = store.waiting;
    this.retention = store.retention;
  }
}

class OrderInstances implements InstanceStore {
  readonly #instances: InstanceStore;

  constructor(instances: InstanceStore) {
    this.#instances = instances;
  }

  load(executor: SqlExecutor, ids: readonly SagaId[]): Promise<readonly StoredSaga[]> {
    return this.#instances.load(executor, ids);
  }

  lockMissing(executor: SqlExecutor, ids: readonly SagaId[]): Promise<readonly StoredSaga[]> {
    return this.#instances.lockMissing(executor, ids);
  }

  async write(executor: SqlExecutor, writes: readonly SagaWrite[]): Promise<void> {
    await this.#instances.write(executor, writes);
    for (const write of writes) {
      await executor.execute({
        text: 'update purchase_order set status = ?1 where order_id = ?2',
        values: [orderStatusOf(write), write.key],
      });
    }
  }

  parkUnmatched(...given: Parameters<InstanceStore['parkUnmatched']>): Promise<void> {
    return this.#instances.parkUnmatched(...given);
  }

  parked(...given: Parameters<InstanceStore['parked']>): ReturnType<InstanceStore['parked']> {
    return this.#instances.parked(...given);
  }
}
