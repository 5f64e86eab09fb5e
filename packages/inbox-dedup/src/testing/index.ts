export {
  checkEffectStoreRule,
  describeEffectStore,
  type EffectStoreSuiteOptions,
  effectStoreRules,
} from './describe-effect-store.ts';
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
export type { EffectStoreFixture } from './effect-store/effect-store-fixture.ts';
export { EffectStoreProbe } from './effect-store/effect-store-probe.ts';
export type { EffectStoreRule } from './effect-store/effect-store-rule.ts';
export type { IdempotencyStoreFixture, StoreConnection } from './idempotency-store/idempotency-store-fixture.ts';
export type { IdempotencyStoreRule } from './idempotency-store/idempotency-store-rule.ts';
export type { InboxStoreFixture, StoreTransaction } from './inbox-store/inbox-store-fixture.ts';
export type { InboxStoreRule } from './inbox-store/inbox-store-rule.ts';
