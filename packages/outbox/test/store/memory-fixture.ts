import { ManualClock } from '@holdfast/core/testing';
import { MemoryOutboxStore, type MemoryOutboxStoreOptions, type OutboxStoreFixture } from '../../src/testing/index.ts';

const RETENTION_MS = 3_600_000;

/** `Store` may be a variant of the store in memory. */
export async function memoryFixture(
  Store: new (options: MemoryOutboxStoreOptions) => MemoryOutboxStore = MemoryOutboxStore,
): Promise<OutboxStoreFixture> {
  const clock = new ManualClock();
  const store = new Store({ clock, retentionMs: RETENTION_MS });
  return {
    store,
    async begin() {
      const transaction = store.begin();
      return {
        append: (records) => store.writer.append(transaction, records),
        commit: () => transaction.commit(),
        rollback: () => transaction.rollback(),
      };
    },
    now: async () => clock.now(),
    elapse: (ms) => clock.advance(ms),
    elapseRetention: () => clock.advance(RETENTION_MS + 1),
    changeHistory: async () => store.changeHistory(),
    drop: async () => {},
  };
}
