import assert from 'node:assert/strict';
import { CommitUnknownError } from '../../errors/commit-unknown-error.ts';
import { DatabaseTimeoutError } from '../../errors/database-timeout-error.ts';
import { DatabaseUnavailableError } from '../../errors/database-unavailable-error.ts';
import { isRetryableTransactionError } from '../../errors/is-retryable-transaction-error.ts';
import { eventually, type RunnerProbe, type RunnerRule, rejection, sql } from './runner-probe.ts';

/** What holds on PostgreSQL, where connections fail and transactions conflict. */
export const postgresRules: readonly RunnerRule[] = [
  {
    name: 'transactions run at the same time, each on a connection of its own',
    async prove(probe) {
      const both = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const one = (index: number) =>
        probe.runner.transaction(async (tx) => {
          await probe.execute(tx, probe.insert(`row ${index}`));
          both[index]?.resolve();
          await Promise.all(both.map(({ promise }) => promise));
        });
      await Promise.all([one(0), one(1)]);
      assert.deepEqual(await probe.ids(), ['row 0', 'row 1']);
    },
  },
  {
    name: 'F3.3: a serialization failure is a retryable conflict, also when the work swallowed it',
    async prove(probe) {
      await probe.runner.execute(probe.insert('row'));
      for (const swallow of [false, true]) {
        const conflict = probe.runner.transaction(async (tx) => {
          await probe.execute(tx, sql('set transaction isolation level repeatable read'));
          await probe.execute(tx, sql('select * from probe'));
          await probe.outside.execute(sql('update probe set n = n + 1'));
          await probe.execute(tx, sql('update probe set n = n + 10')).catch((error: unknown) => {
            if (!swallow) throw error;
          });
        });
        assert.ok(isRetryableTransactionError(await rejection(conflict)));
      }
      assert.deepEqual((await probe.outside.execute(sql('select n from probe'))).rows, [{ n: 2 }]);
    },
  },
  {
    name: 'F3.3: one that shows at COMMIT is a retryable conflict and no unknown commit',
    async prove(probe) {
      await probe.runner.execute(probe.insert('row'));
      await probe.runner.execute(probe.insert('row 2'));
      const both = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const skew = (index: number) =>
        probe.runner.transaction(async (tx) => {
          await probe.execute(tx, sql('set transaction isolation level serializable'));
          await probe.execute(tx, sql('select sum(n) from probe'));
          both[index]?.resolve();
          await Promise.all(both.map(({ promise }) => promise));
          await probe.execute(tx, sql(`update probe set n = n + 1 where id = '${index === 0 ? 'row' : 'row 2'}'`));
        });
      const settled = await Promise.allSettled([skew(0), skew(1)]);
      const failed = settled.filter((one) => one.status === 'rejected');
      assert.equal(failed.length, 1);
      assert.ok(isRetryableTransactionError(failed[0]?.reason));
    },
  },
  {
    name: 'F3.7: cut after COMMIT was sent, it rejects as unknown, and all of it was committed',
    async prove(probe) {
      const cut = probe.proxy.when({ direction: 'up', bytes: 'commit\0', fault: 'cut' });
      const error = await rejection(probe.runner.transaction((tx) => probe.execute(tx, probe.insert('a'))));
      assert.ok(error instanceof CommitUnknownError);
      await cut;
      await eventually(async () => assert.deepEqual(await probe.ids(), ['a']));
      await goesOn(probe);
    },
  },
  {
    name: 'F3.7: a COMMIT that never reaches the server rejects as unknown too, in bounded time, and nothing of it is there',
    timeouts: { statementTimeoutMs: 1_500 },
    async prove(probe) {
      const unknown = probe.runner.transaction(async (tx) => {
        await probe.execute(tx, probe.insert('a'));
        probe.proxy.silence();
      });
      assert.ok((await rejection(unknown)) instanceof CommitUnknownError);
      probe.proxy.heal();
      await eventually(() => goesOn(probe));
      assert.deepEqual(await probe.ids(), ['next']);
    },
  },
  {
    name: 'F3.4: a connection that is killed in the middle rejects as unavailable, and the runner goes on',
    async prove(probe) {
      const killed = probe.runner.transaction(async (tx) => {
        await probe.execute(tx, probe.insert('a'));
        await killBackend(probe, tx);
        await probe.execute(tx, probe.insert('b'));
      });
      const error = await rejection(killed);
      assert.ok(error instanceof DatabaseUnavailableError, `"${error.name}" must be unavailable`);
      assert.ok(isRetryableTransactionError(error));
      await goesOn(probe);
      assert.deepEqual(await probe.ids(), ['next']);
    },
  },
  {
    name: 'F3.4: a connection that is killed before COMMIT is sent never reports a commit',
    async prove(probe) {
      const killed = probe.runner.transaction(async (tx) => {
        await probe.execute(tx, probe.insert('a'));
        await killBackend(probe, tx);
      });
      await rejection(killed);
      await goesOn(probe);
      assert.deepEqual(await probe.ids(), ['next']);
    },
  },
  {
    name: 'a statement on a connection that went silent is bounded, and the runner goes on',
    timeouts: { statementTimeoutMs: 1_500 },
    async prove(probe) {
      const silent = probe.runner.transaction(async (tx) => {
        await probe.execute(tx, probe.insert('a'));
        probe.proxy.silence();
        await probe.execute(tx, probe.insert('b'));
      });
      assert.ok((await rejection(silent)) instanceof DatabaseTimeoutError);
      probe.proxy.heal();
      await eventually(() => goesOn(probe));
      assert.deepEqual(await probe.ids(), ['next']);
    },
  },
  {
    name: 'F3.1: a server that refuses connections is unavailable, for a transaction and for a statement',
    async prove(probe) {
      probe.proxy.reset();
      probe.proxy.refuse();
      const refused = [probe.runner.transaction(async () => {}), probe.runner.execute(sql('select 1'))];
      for (const error of await Promise.all(refused.map(rejection))) {
        assert.ok(error instanceof DatabaseUnavailableError, `"${error.name}" must be unavailable`);
      }
      probe.proxy.heal();
      await goesOn(probe);
    },
  },
];

async function killBackend<Tx>(probe: RunnerProbe<Tx>, tx: Tx): Promise<void> {
  const { rows } = await probe.runner.executor(tx).execute(sql('select pg_backend_pid() as pid'));
  const pid = Number(rows[0]?.['pid']);
  await probe.outside.execute({ text: 'select pg_terminate_backend($1)', values: [pid] });
  await eventually(async () => {
    const { rowCount } = await probe.outside.execute({
      text: 'select from pg_stat_activity where pid = $1',
      values: [pid],
    });
    assert.equal(rowCount, 0);
  });
}

async function goesOn<Tx>(probe: RunnerProbe<Tx>): Promise<void> {
  await probe.runner.transaction((tx) => probe.execute(tx, probe.insert('next')));
}
