import { ManualClock } from '@holdfast/core/testing';
import type { OutboxStore } from '../../src/store/outbox-store.ts';
import {
  MemoryOutboxStore,
  type MemoryTransaction,
  type OutboxStoreFixture,
  type SenderTransaction,
} from '../../src/testing/index.ts';

const RETENTION_MS = 3_600_000;

/** What is broken about a store: parts of it that take the place of the right ones. */
export interface Breakage {
  readonly parts?: (store: MemoryOutboxStore) => Partial<OutboxStore<MemoryTransaction>>;
  readonly begin?: (store: MemoryOutboxStore, right: () => SenderTransaction) => SenderTransaction;
  readonly retentionMs?: number;
}

export async function memoryFixture(breakage: Breakage = {}): Promise<OutboxStoreFixture> {
  const clock = new ManualClock();
  const memory = new MemoryOutboxStore({ clock, retentionMs: breakage.retentionMs ?? RETENTION_MS });
  const store: OutboxStore<MemoryTransaction> = {
    name: memory.name,
    writer: memory.writer,
    lanes: memory.lanes,
    parking: memory.parking,
    housekeeping: memory.housekeeping,
    replay: memory.replay,
    leases: memory.leases,
    wakeUp: memory.wakeUp,
    declareDestinations: (declarations) => memory.declareDestinations(declarations),
    preflight: () => memory.preflight(),
    ...breakage.parts?.(memory),
  };
  const begin = (): SenderTransaction => {
    const transaction = memory.begin();
    return {
      append: (records) => store.writer.append(transaction, records),
      commit: () => transaction.commit(),
      rollback: () => transaction.rollback(),
    };
  };
  return {
    store,
    begin: async () => breakage.begin?.(memory, begin) ?? begin(),
    now: async () => clock.now(),
    elapse: (ms) => clock.advance(ms),
    elapseRetention: () => clock.advance(RETENTION_MS + 1),
    changeHistory: async () => memory.changeHistory(),
    drop: async () => {},
  };
}
