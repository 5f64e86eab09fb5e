export {
  checkIdempotencyStoreRule,
  describeIdempotencyStore,
  type IdempotencyStoreSuiteOptions,
  idempotencyStoreRules,
} from './describe-idempotency-store.ts';
export {
  checkInboxStoreRule,
  describeInboxStore,
  type InboxStoreSuiteOptions,
  inboxStoreRules,
} from './describe-inbox-store.ts';
export type { IdempotencyStoreFixture, StoreConnection } from './idempotency-store/idempotency-store-fixture.ts';
export type { IdempotencyStoreRule } from './idempotency-store/idempotency-store-rule.ts';
export type { InboxStoreFixture, StoreTransaction } from './inbox-store/inbox-store-fixture.ts';
export type { InboxStoreRule } from './inbox-store/inbox-store-rule.ts';
