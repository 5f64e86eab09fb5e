import assert from 'node:assert/strict';
import { CommitUnknownError } from '../../errors/commit-unknown-error.ts';
import { DatabaseTimeoutError } from '../../errors/database-timeout-error.ts';
import { NotInTransactionError } from '../../errors/not-in-transaction-error.ts';
import { type RunnerProbe, type RunnerRule, rejection, sql } from './runner-probe.ts';

/** What holds on every database. */
export const commonRules: readonly RunnerRule[] = [
  {
    name: 'a transaction commits what its work wrote, and gives what it returned',
    async prove(probe) {
      const result = await probe.runner.transaction(async (tx) => {
        assert.equal((await probe.runner.executor(tx).execute(probe.insert('a'))).rowCount, 1);
        await probe.execute(tx, probe.insert('b'));
        return 42;
      });
      assert.equal(result, 42);
      assert.deepEqual(await probe.ids(), ['a', 'b']);
    },
  },
  {
    name: 'nothing of a transaction is seen before it commits, but by itself',
    async prove(probe) {
      await probe.runner.transaction(async (tx) => {
        await probe.execute(tx, probe.insert('a'));
        assert.deepEqual(await probe.ids(), []);
        const { rows } = await probe.runner.executor(tx).execute(sql('select id from probe'));
        assert.deepEqual(rows, [{ id: 'a' }]);
      });
    },
  },
  {
    name: 'a work that rejects is rolled back, and the transaction rejects with the same error',
    async prove(probe) {
      const reason = new Error('no');
      const failed = probe.runner.transaction(async (tx) => {
        await probe.execute(tx, probe.insert('a'));
        throw reason;
      });
      assert.equal(await rejection(failed), reason);
      assert.deepEqual(await probe.ids(), []);
    },
  },
  {
    name: 'a work that throws before it returns a promise is rolled back too',
    async prove(probe) {
      const reason = new Error('at once');
      const failed = probe.runner.transaction(() => {
        throw reason;
      });
      assert.equal(await rejection(failed), reason);
      await probe.runner.execute(probe.insert('a'));
      assert.deepEqual(await probe.ids(), ['a']);
    },
  },
  {
    name: 'a failed statement rejects with the error of the database, and its work may go on to reject with it',
    async prove(probe) {
      await probe.runner.execute(probe.insert('a'));
      const failed = probe.runner.transaction(async (tx) => {
        await probe.execute(tx, probe.insert('b'));
        await probe.execute(tx, probe.insert('a'));
      });
      assert.match((await rejection(failed)).message, /unique/i);
      assert.deepEqual(await probe.ids(), ['a']);
    },
  },
  {
    name: 'a commit that did not happen is never reported: a work that swallows what ended its transaction rejects',
    async prove(probe) {
      await probe.runner.execute(probe.insert('there'));
      const swallowing = probe.runner.transaction(async (tx) => {
        await probe.execute(tx, probe.insert('a'));
        await probe.execute(tx, probe.insertOrAbort('there')).catch(() => 'swallowed');
        await probe.execute(tx, probe.insert('b')).catch(() => 'swallowed');
      });
      assert.equal((await rejection(swallowing)).name, 'TransactionAbortedError');
      assert.deepEqual(await probe.ids(), ['there']);
      await probe.runner.transaction((tx) => probe.execute(tx, probe.insert('next')));
      assert.deepEqual(await probe.ids(), ['next', 'there']);
    },
  },
  {
    name: 'a rule that is checked at COMMIT rolls back with its own error: that is no unknown commit',
    async prove(probe) {
      const refused = probe.runner.transaction(async (tx) => {
        await probe.execute(tx, probe.insert('a'));
        await probe.execute(tx, probe.insertOrphan());
      });
      const error = await rejection(refused);
      assert.ok(!(error instanceof CommitUnknownError));
      assert.match(error.message, /foreign key/i);
      assert.deepEqual(await probe.ids(), []);
      await probe.runner.transaction((tx) => probe.execute(tx, probe.insert('next')));
      assert.deepEqual(await probe.ids(), ['next']);
    },
  },
  {
    name: 'a transaction that has ended refuses every statement, whichever way it ended',
    async prove(probe) {
      for (const ending of ['commit', 'roll back']) {
        const kept: { execute(): Promise<unknown>; executor(): unknown }[] = [];
        const ended = probe.runner.transaction(async (tx) => {
          const executor = probe.runner.executor(tx);
          await executor.execute(sql('select 1'));
          kept.push({
            execute: () => executor.execute(probe.insert('late')),
            executor: () => probe.runner.executor(tx),
          });
          if (ending === 'roll back') {
            throw new Error(ending);
          }
        });
        await ended.catch(() => {});
        for (const late of kept) {
          assert.ok((await rejection(late.execute())) instanceof NotInTransactionError);
          assert.throws(() => late.executor(), NotInTransactionError);
        }
      }
      assert.deepEqual(await probe.ids(), []);
    },
  },
  {
    name: 'work that goes on after its transaction was rolled back is refused, also while another is open',
    async prove(probe) {
      const go = Promise.withResolvers<void>();
      let straggler: Promise<unknown> | undefined;
      const failed = probe.runner.transaction(async (tx) => {
        straggler = rejection(go.promise.then(() => probe.execute(tx, probe.insert('straggler'))));
        await probe.execute(tx, probe.insert('a'));
        throw new Error('no');
      });
      await rejection(failed);
      await probe.runner.transaction(async (tx) => {
        await probe.execute(tx, probe.insert('b'));
        go.resolve();
        assert.ok((await straggler) instanceof NotInTransactionError);
      });
      assert.deepEqual(await probe.ids(), ['b']);
    },
  },
  {
    name: 'what is no open transaction is refused',
    async prove(probe) {
      for (const handle of [undefined, null, {}, 'tx', probe.outside, probe.runner]) {
        assert.throws(() => probe.runner.executor(handle as never), NotInTransactionError);
      }
    },
  },
  {
    name: 'a statement by itself commits by itself, whatever becomes of a transaction that is open',
    async prove(probe) {
      const go = Promise.withResolvers<void>();
      const failed = probe.runner.transaction(async (tx) => {
        await probe.execute(tx, probe.insert('a'));
        await go.promise;
        throw new Error('no');
      });
      const alone = probe.runner.execute(probe.insert('alone'));
      go.resolve();
      await rejection(failed);
      assert.equal((await alone).rowCount, 1);
      assert.deepEqual(await probe.ids(), ['alone']);
      assert.match((await rejection(probe.runner.execute(probe.insert('alone')))).message, /unique/i);
    },
  },
  {
    name: 'of transactions at the same time none is lost, and none sees half of another',
    async prove(probe) {
      await probe.runner.execute(probe.insert('counter'));
      const increment = async (index: number) =>
        probe.runner.transaction(async (tx) => {
          await probe.execute(tx, sql("update probe set n = n + 1 where id = 'counter'"));
          await probe.execute(tx, sql("update probe set n = n + 1 where id = 'counter'"));
          if (index % 5 === 4) {
            throw new Error('every fifth');
          }
        });
      const all = await Promise.allSettled(Array.from({ length: 50 }, (_, index) => increment(index)));
      assert.equal(all.filter(({ status }) => status === 'fulfilled').length, 40);
      const { rows } = await probe.outside.execute(sql('select n from probe'));
      assert.deepEqual(
        rows.map((row) => Number(row['n'])),
        [80],
      );
    },
  },
  {
    name: 'waiting for a connection is bounded, and one that comes too late is not lost',
    timeouts: { connectTimeoutMs: 300 },
    async prove(probe) {
      const { go, holding } = await holdEveryConnection(probe);
      const refused = [
        probe.runner.transaction((tx) => probe.execute(tx, probe.insert('late'))),
        probe.runner.execute(probe.insert('late')),
      ];
      for (const error of await Promise.all(refused.map(rejection))) {
        assert.ok(error instanceof DatabaseTimeoutError, `"${error.name}" must be a timeout`);
        assert.equal(error.activity, 'connect');
      }
      go();
      await holding;
      const again = await holdEveryConnection(probe);
      again.go();
      await again.holding;
      assert.deepEqual(await probe.ids(), []);
    },
  },
];

async function holdEveryConnection<Tx>(probe: RunnerProbe<Tx>) {
  const go = Promise.withResolvers<void>();
  const held = Array.from({ length: probe.connections }, () => Promise.withResolvers<void>());
  const holding = held.map((one) =>
    probe.runner.transaction(async (tx) => {
      await probe.execute(tx, sql('select 1'));
      one.resolve();
      await go.promise;
    }),
  );
  await Promise.race([Promise.all(held.map(({ promise }) => promise)), Promise.all(holding)]);
  return { go: () => go.resolve(), holding: Promise.all(holding) };
}
