export {
  checkSagaStoreRule,
  describeSagaStore,
  type SagaStoreSuiteOptions,
  sagaStoreRules,
} from './describe-saga-store.ts';
export type { SagaStoreFixture, StoreTransaction } from './saga-store/saga-store-fixture.ts';
export type { SagaStoreRule } from './saga-store/saga-store-rule.ts';
