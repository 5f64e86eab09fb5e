import { CommitUnknownError, DatabaseBusyError, DatabaseUnavailableError, NotInTransactionError } from '@holdfast/sql';
import { SimulatedSqlite, SqliteTemplate } from '@holdfast/testkit/sqlite';
import { expect, test } from 'vitest';
import { runWorld } from '../../src/campaign/run-world.ts';
import type { Fault } from '../../src/faults/fault.ts';
import { PlanFaults } from '../../src/faults/plan-faults.ts';
import { runInProcess } from '../../src/kernel/process-context.ts';
import type { World } from '../../src/kernel/world.ts';
import { inAProcess } from './in-a-process.ts';

const template = new SqliteTemplate((handle) => {
  handle.exec('create table account (owner text primary key) strict');
});

interface Seen {
  /** What the transaction rejected with. */
  error: unknown;
  readonly owners: unknown[];
}

interface FaultRun {
  readonly seed?: number;
  readonly faults?: readonly Fault[];
  /** Runs as the last thing of the transaction's work. */
  readonly atTheEnd?: (world: World) => Promise<void>;
}

/** One transaction of one life of a process; the lives after it open another account. */
async function transfer({ seed = 1, faults = [], atTheEnd }: FaultRun): Promise<Seen> {
  const seen: Seen = { error: null, owners: [] };
  let isFirst = true;
  const { problems } = await runWorld(
    {
      world: async (world) => {
        const db = await SimulatedSqlite.open(world, 'bank', { template, server: true });
        const open = (owner: string) =>
          db.transactions().transaction(async (tx) => {
            await tx.execute({ text: 'insert into account values (?1)', values: [owner] });
            if (owner === 'first') await atTheEnd?.(world);
          });
        world.process('service', async () => {
          const owner = isFirst ? 'first' : 'second';
          isFirst = false;
          await open(owner).catch((error: unknown) => {
            seen.error = error;
          });
          if (seen.error !== null) await open('after the error');
        });
        // Things go wrong as long as a client has not come to its end.
        world.client('time', () => world.clock.sleep(10_000));
        return db;
      },
      check: [
        {
          name: 'look',
          check: (db) => {
            seen.owners.push(...db.query('select owner from account order by owner').map(({ owner }) => owner));
            return [];
          },
        },
      ],
    },
    { seed, faults: new PlanFaults(faults) },
  );
  expect(problems).toEqual([]);
  return seen;
}

test.each([
  ['bank.begin', 'crash-before'],
  ['bank.begin', 'crash-after'],
  ['bank.insert.account', 'crash-before'],
  ['bank.insert.account', 'crash-after'],
  ['bank.commit', 'crash-before'],
] as const)('F3.5: nothing of a transaction is there whose process dies at %s, %s', async (label, kind) => {
  const { owners } = await transfer({ faults: [{ at: `service/${label}#1`, kind }] });
  expect(owners).toEqual(['second']);
});

test('F3.6: a process that dies after its commit has committed', async () => {
  const { owners } = await transfer({ faults: [{ at: 'service/bank.commit#1', kind: 'crash-after' }] });
  expect(owners).toEqual(['first', 'second']);
});

test.each(['error-before', 'error-after', 'partition'] as const)(
  'F3.4: a connection that is lost in the middle (%s) rejects as unavailable, rolls back, and the runner opens another',
  async (kind) => {
    const { error, owners } = await transfer({ faults: [{ at: 'service/bank.insert.account#1', kind, ms: 6_000 }] });
    expect(error).toBeInstanceOf(DatabaseUnavailableError);
    expect(owners.filter((owner) => owner === 'first')).toEqual([]);
  },
);

test('F3.7: a commit whose answer is lost rejects as unknown, and is there', async () => {
  const { error, owners } = await transfer({ faults: [{ at: 'service/bank.commit#1', kind: 'error-after' }] });
  expect(error).toBeInstanceOf(CommitUnknownError);
  expect(owners).toEqual(['after the error', 'first']);
});

test('F3.7: a commit that is lost on its way rejects as unknown too, and is not there', async () => {
  const { error, owners } = await transfer({ faults: [{ at: 'service/bank.commit#1', kind: 'error-before' }] });
  expect(error).toBeInstanceOf(CommitUnknownError);
  expect(owners).toEqual(['after the error']);
});

test('F3.7: what a process had sent to commit when it was killed may still arrive, as a whole or not at all', async () => {
  const outcomes = new Set<string>();
  for (let seed = 1; seed <= 40; seed += 1) {
    const { owners } = await transfer({
      seed,
      atTheEnd: async (world) => {
        const kill = () => world.processes[0]?.kill();
        runInProcess(null, () => world.simulation.after(0.02, kill));
      },
    });
    outcomes.add(owners.join());
  }
  expect([...outcomes].sort()).toEqual(['first,second', 'second']);
});

test('F3.1: a server that goes down ends its connections, rolls back, and keeps what was committed', async () => {
  const goDown = async (world: World) => {
    world.disturbables.find(({ name }) => name === 'bank')?.disturb('down', 50);
    await world.clock.sleep(100);
  };
  const { error, owners } = await transfer({ atTheEnd: goDown });
  expect(error).toBeInstanceOf(DatabaseUnavailableError);
  expect(owners).toEqual(['after the error']);
});

test('F3.3: waiting for the write lock takes virtual time, and not for ever', async () => {
  await inAProcess(
    async (db) => {
      const [holder, waiter, impatient] = [
        db.transactions(),
        db.transactions(),
        db.transactions({ busyTimeoutMs: 50 }),
      ];
      const order: string[] = [];
      const begun = Promise.withResolvers<void>();
      const held = holder.transaction(async () => {
        begun.resolve();
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        order.push('holder');
      });
      await begun.promise;
      const waiting = waiter.transaction(async () => void order.push('waiter'));
      const refused = impatient.transaction(async () => void order.push('never'));
      await expect(refused).rejects.toBeInstanceOf(DatabaseBusyError);
      await Promise.all([held, waiting]);
      expect(order).toEqual(['holder', 'waiter']);
    },
    { template },
  );
});

test('a statement behind one that failed in the same work is not sent on a connection that is gone', async () => {
  await inAProcess(
    async (db) => {
      const runner = db.transactions();
      let late: unknown;
      const lost = runner.transaction(async (tx) => {
        late = tx;
        await db.simulation.network.cut('test', 'db');
        await tx.execute({ text: "insert into account values ('a')", values: [] }).catch(() => 'swallowed');
        db.simulation.network.heal();
        await tx.execute({ text: "insert into account values ('b')", values: [] }).catch(() => 'swallowed');
      });
      await expect(lost).rejects.toBeInstanceOf(DatabaseUnavailableError);
      expect(() => runner.executor(late as never)).toThrow(NotInTransactionError);
      expect(db.query('select * from account')).toEqual([]);
    },
    { template },
  );
});
