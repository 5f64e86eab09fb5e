export { MemoryTransaction } from './memory/memory-transaction.ts';
export { MemoryOutboxStore, type MemoryOutboxStoreOptions } from './memory-outbox-store.ts';
export { MemoryTransactions } from './memory-transactions.ts';
