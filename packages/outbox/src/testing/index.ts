export { MemoryTransaction } from './memory/memory-transaction.ts';
export { MemoryOutboxStore, type MemoryOutboxStoreOptions } from './memory-outbox-store.ts';
export { MemoryTransactions } from './memory-transactions.ts';
export type { OutboxStoreFixture, SenderTransaction } from './outbox-store/outbox-store-fixture.ts';
export type { OutboxStoreRule } from './outbox-store/outbox-store-rule.ts';
export {
  checkOutboxStoreRule,
  describeOutboxStore,
  type OutboxStoreSuiteOptions,
  outboxStoreRules,
} from './outbox-store-suite.ts';
