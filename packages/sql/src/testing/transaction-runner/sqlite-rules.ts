import assert from 'node:assert/strict';
import { DatabaseBusyError } from '../../errors/database-busy-error.ts';
import { isRetryableTransactionError } from '../../errors/is-retryable-transaction-error.ts';
import { ReentrantTransactionError } from '../../errors/reentrant-transaction-error.ts';
import { type RunnerRule, rejection, sql } from './runner-probe.ts';

/** What holds on SQLite, where a runner has one connection. */
export const sqliteRules: readonly RunnerRule[] = [
  {
    name: 'transactions run one after another, in the order in which they were asked for',
    async prove(probe) {
      const seen: number[] = [];
      let running = 0;
      const all = Array.from({ length: 30 }, (_, index) =>
        probe.runner.transaction(async (tx) => {
          running += 1;
          assert.equal(running, 1);
          seen.push(index);
          await probe.execute(tx, probe.insert(`row ${index}`));
          await new Promise((resolve) => setImmediate(resolve));
          running -= 1;
        }),
      );
      await Promise.all(all);
      assert.deepEqual(
        seen,
        Array.from({ length: 30 }, (_, index) => index),
      );
      assert.equal((await probe.ids()).length, 30);
    },
  },
  {
    name: 'a statement by itself waits for the transactions before it',
    async prove(probe) {
      const order: string[] = [];
      const first = probe.runner.transaction(async (tx) => {
        await probe.execute(tx, probe.insert('a'));
        await new Promise((resolve) => setImmediate(resolve));
        order.push('transaction');
      });
      const alone = probe.runner.execute(sql('select id from probe')).then(({ rows }) => {
        order.push('alone');
        return rows;
      });
      await first;
      assert.deepEqual(await alone, [{ id: 'a' }]);
      assert.deepEqual(order, ['transaction', 'alone']);
    },
  },
  {
    name: 'asking the runner for another connection inside of a work throws, where it would wait for itself',
    async prove(probe) {
      await probe.runner.transaction(async (tx) => {
        const nested = await rejection(probe.runner.transaction(async () => {}));
        assert.ok(nested instanceof ReentrantTransactionError);
        assert.match(nested.message, /executor\(tx\)/);
        assert.ok((await rejection(probe.runner.execute(probe.insert('b')))) instanceof ReentrantTransactionError);
        await probe.execute(tx, probe.insert('a'));
      });
      assert.deepEqual(await probe.ids(), ['a']);
    },
  },
  {
    name: 'what a work has started may use the runner once the transaction has ended',
    async prove(probe) {
      const ended = Promise.withResolvers<void>();
      let later: Promise<unknown> | undefined;
      await probe.runner.transaction(async (tx) => {
        await probe.execute(tx, probe.insert('a'));
        later = ended.promise.then(() => probe.runner.transaction((next) => probe.execute(next, probe.insert('b'))));
      });
      ended.resolve();
      await later;
      assert.deepEqual(await probe.ids(), ['a', 'b']);
    },
  },
  {
    name: 'F3.3: a file that another connection writes to is a retryable conflict, before the work has run',
    async prove(probe) {
      let ran = false;
      await probe.outside.execute(sql('begin immediate'));
      const refused = await rejection(
        probe.runner.transaction(async () => {
          ran = true;
        }),
      );
      assert.ok(refused instanceof DatabaseBusyError);
      assert.ok(isRetryableTransactionError(refused));
      assert.equal(ran, false);
      assert.ok((await rejection(probe.runner.execute(probe.insert('a')))) instanceof DatabaseBusyError);
      await probe.outside.execute(sql('rollback'));
      await probe.runner.transaction((tx) => probe.execute(tx, probe.insert('a')));
      assert.deepEqual(await probe.ids(), ['a']);
    },
  },
  {
    name: 'F3.3: a transaction that has begun cannot lose against another writer, also when it reads first',
    async prove(probe) {
      await probe.runner.transaction(async (tx) => {
        await probe.execute(tx, sql('select count(*) from probe'));
        await rejection(probe.outside.execute(probe.insert('other')));
        await probe.execute(tx, probe.insert('a'));
      });
      assert.deepEqual(await probe.ids(), ['a']);
    },
  },
];
