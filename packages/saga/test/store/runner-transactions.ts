import type { SqlExecutor, TransactionRunner } from '@holdfast/sql';
import type { StoreTransaction } from '../../src/testing/saga-store/saga-store-fixture.ts';

/** Transactions that a test ends when it wants to, by a runner that ends them with their work. */
export class RunnerTransactions<Tx> {
  readonly #runner: TransactionRunner<Tx>;
  readonly #open = new Set<StoreTransaction>();

  constructor(runner: TransactionRunner<Tx>) {
    this.#runner = runner;
  }

  async begin(): Promise<StoreTransaction> {
    const begun = Promise.withResolvers<SqlExecutor>();
    const end = Promise.withResolvers<void>();
    const ran = this.#runner.transaction((tx) => {
      // Inside of the work: some runners know their transaction by it.
      begun.resolve(this.#runner.executor(tx));
      return end.promise;
    });
    ran.catch(begun.reject);
    const executor = await begun.promise;
    const transaction: StoreTransaction = {
      executor,
      commit: async () => {
        this.#open.delete(transaction);
        end.resolve();
        await ran;
      },
      rollback: async () => {
        this.#open.delete(transaction);
        end.reject(new Error('it is rolled back'));
        await ran.catch(() => {});
      },
    };
    this.#open.add(transaction);
    return transaction;
  }

  async drop(): Promise<void> {
    await Promise.all([...this.#open].map((transaction) => transaction.rollback()));
  }
}
