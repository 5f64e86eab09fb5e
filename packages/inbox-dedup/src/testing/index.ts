export {
  checkIdempotencyStoreRule,
  describeIdempotencyStore,
  type IdempotencyStoreSuiteOptions,
  idempotencyStoreRules,
} from './describe-idempotency-store.ts';
export type { IdempotencyStoreFixture, StoreConnection } from './idempotency-store/idempotency-store-fixture.ts';
export type { IdempotencyStoreRule } from './idempotency-store/idempotency-store-rule.ts';
