import { CommitUnknownError } from '@holdfast/sql';
import { PgDatabase, PgTransactionRunner } from '@holdfast/sql/pg';
import { type PostgresTestDatabase, postgresTestDatabase } from '@holdfast/sql/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runWorld } from '../../src/campaign/run-world.ts';
import type { FaultKind } from '../../src/faults/fault.ts';
import { PlanFaults } from '../../src/faults/plan-faults.ts';
import type { World } from '../../src/kernel/world.ts';
import { PostgresServer, SimulatedPostgres } from '../../src/postgres/index.ts';

describe.each([15, 18] as const)('a simulated PostgreSQL %i', (version) => {
  let database: PostgresTestDatabase;
  let server: PostgresServer;

  beforeAll(async () => {
    database = await postgresTestDatabase(version);
    server = new PostgresServer({
      connectionString: database.url,
      prepare: async (pool) => {
        const db = new PgDatabase(pool);
        await db.execute({ text: 'create table jobs (id int primary key, done_by text)', values: [] });
        await db.execute({
          text: 'create table log (id serial primary key, what text, at timestamptz default now())',
          values: [],
        });
        await db.execute({ text: 'insert into jobs values (1, null), (2, null)', values: [] });
      },
    });
  });

  afterAll(async () => {
    await server.close();
    await database.drop();
  });

  /** Runs one program for each entry, each a process that is done when it returns. */
  async function run(
    programs: Readonly<Record<string, (db: SimulatedPostgres, world: World) => Promise<void>>>,
    plan: readonly { at: string; kind: FaultKind; ms?: number }[] = [],
  ) {
    const { facts, problems, simulation } = await runWorld(
      {
        safetyMs: 60_000,
        world: async (world) => {
          const db = await SimulatedPostgres.open(world, 'db', server);
          for (const [name, main] of Object.entries(programs)) {
            world.process(name, async ({ life }) => {
              if (life === 1) await main(db, world);
            });
          }
          world.client('patience', () => world.clock.sleep(20_000));
          return {
            jobs: db.rowsAtRest('select * from jobs order by id'),
            log: db.rowsAtRest('select id, what from log order by id'),
          };
        },
      },
      { seed: 7, faults: new PlanFaults(plan) },
    );
    return {
      jobs: facts.jobs.rows,
      log: facts.log.rows.map(({ what }) => what),
      problems,
      hash: simulation.trace.hash,
    };
  }

  test('the content that was prepared is put back before each run, sequences too', async () => {
    const write = async (db: SimulatedPostgres) => {
      const { rows } = await db.pool().query("insert into log (what) values ('a') returning id");
      expect(rows).toEqual([{ id: 1 }]);
      await db.pool().query('delete from jobs');
    };
    for (const _ of [1, 2]) expect((await run({ one: write })).jobs).toEqual([]);
    expect((await run({})).jobs).toHaveLength(2);
  });

  test('the functions of time tell the virtual time; now() is that of the beginning of the transaction', async () => {
    const seen: Record<string, unknown>[] = [];
    const { problems } = await run({
      one: async (db, world) => {
        const client = await db.pool().connect();
        await client.query('begin');
        const times =
          'select now(), transaction_timestamp() as tx, clock_timestamp() as clock, statement_timestamp() as statement';
        seen.push((await client.query(times)).rows[0] ?? {});
        await world.clock.sleep(15_000);
        seen.push((await client.query(times)).rows[0] ?? {}, { clock: new Date() });
        await client.query('rollback');
        seen.push((await client.query('select now()')).rows[0] ?? {});
        client.release();
      },
    });
    expect(problems).toEqual([]);
    const [first, second, own, third] = seen.map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, time]) => [name, Number(time)])),
    );
    expect(first?.['now']).toBeGreaterThan(Date.parse('2027-01-15T07:59:59Z'));
    expect(first?.['now']).toBeLessThan(Date.parse('2027-01-15T08:00:10Z'));
    expect(second?.['now']).toBe(first?.['now']);
    expect(second?.['tx']).toBe(first?.['now']);
    expect(Number(second?.['clock']) - Number(first?.['clock'])).toBeGreaterThan(14_999);
    expect(Math.abs(Number(second?.['statement']) - Number(own?.['clock']))).toBeLessThan(1_000);
    expect(third?.['now']).toBeGreaterThan(Number(first?.['now']) + 14_999);
  });

  test('a statement waits in virtual time for a lock that another process holds, and reads the clock of its end', async () => {
    const order: string[] = [];
    const { problems, jobs } = await run({
      holder: async (db, world) => {
        const client = await db.pool().connect();
        await client.query('begin');
        await client.query("update jobs set done_by = 'holder' where id = 1");
        await world.clock.sleep(5_000);
        order.push('holder commits');
        await client.query('commit');
        client.release();
      },
      waiter: async (db, world) => {
        await world.clock.sleep(500);
        const begun = world.simulation.now;
        const { rows } = await db
          .pool()
          .query(
            'update jobs set done_by = done_by || $1 where id = 1 returning extract(epoch from clock_timestamp()) * 1000 as at',
            [' waiter'],
          );
        order.push('waiter has it');
        expect(world.simulation.now - begun).toBeGreaterThan(4_000);
        expect(Number(rows[0]?.['at']) - 1_800_000_000_000).toBeGreaterThan(5_000);
      },
      skipper: async (db, world) => {
        await world.clock.sleep(1_000);
        const { rows } = await db.pool().query('select id from jobs order by id for update skip locked');
        order.push(`skipper sees ${rows.map(({ id }) => id)}`);
      },
    });
    expect(problems).toEqual([]);
    expect(order).toEqual(['skipper sees 2', 'holder commits', 'waiter has it']);
    expect(jobs[0]).toEqual({ id: 1, done_by: 'holder waiter' });
  });

  test('a deadlock ends as the server ends it, the same way each time', async () => {
    const lockBoth = (name: string, first: number, second: number) => async (db: SimulatedPostgres, world: World) => {
      const client = await db.pool().connect();
      await client.query('begin');
      await client.query('select 1 from jobs where id = $1 for update', [first]);
      await world.clock.sleep(1_000);
      const code = await client.query('select 1 from jobs where id = $1 for update', [second]).then(
        () => 'locked',
        (error: { code?: string }) => error.code,
      );
      await client.query(code === 'locked' ? 'commit' : 'rollback');
      await client.query('insert into log (what) values ($1)', [`${name}: ${code}`]);
      client.release();
    };
    const programs = { a: lockBoth('a', 1, 2), b: lockBoth('b', 2, 1) };
    const first = await run(programs);
    expect(first.problems).toEqual([]);
    expect([...first.log].map((what) => String(what).slice(3)).sort()).toEqual(['40P01', 'locked']);
    const second = await run(programs);
    expect(second).toEqual(first);
  });

  test('when a process is killed in a transaction, the server rolls back and frees its locks before anything else happens', async () => {
    const { jobs, problems } = await run(
      {
        victim: async (db) => {
          const client = await db.pool().connect();
          await client.query('begin');
          await client.query("update jobs set done_by = 'victim' where id = 1");
          await client.query("update jobs set done_by = 'victim' where id = 2");
        },
        next: async (db, world) => {
          await world.clock.sleep(2_000);
          await db.pool().query("update jobs set done_by = coalesce(done_by, 'next') where id = 1");
        },
      },
      [{ at: 'victim/db.update jobs#2', kind: 'crash-after' }],
    );
    expect(problems).toEqual([]);
    expect(jobs).toEqual([
      { id: 1, done_by: 'next' },
      { id: 2, done_by: null },
    ]);
  });

  test.each([
    ['error-after', 'the outcome is unknown, and it is committed', ['a']],
    ['error-before', 'the outcome is unknown, and it is rolled back', []],
    ['crash-after', 'nobody knows, and it is committed', ['a']],
    ['crash-before', 'nobody knows, and it is rolled back', []],
  ] as const)('F3.7: %s at COMMIT: %s', async (kind, _, expected) => {
    const errors: unknown[] = [];
    const { log, problems } = await run(
      {
        one: async (db) => {
          const pool = db.pool();
          pool.on('error', () => {});
          try {
            await new PgTransactionRunner(pool).transaction((tx) => tx.query("insert into log (what) values ('a')"));
          } catch (error) {
            errors.push(error);
          }
        },
      },
      [{ at: 'one/db.commit#1', kind }],
    );
    expect(problems).toEqual([]);
    expect(log).toEqual(expected);
    expect(errors.map((error) => error instanceof CommitUnknownError)).toEqual(kind.startsWith('error') ? [true] : []);
  });

  test('a restart of the server ends every connection and what waits for a lock', async () => {
    const codes: unknown[] = [];
    const { jobs } = await run(
      {
        holder: async (db, world) => {
          const pool = db.pool();
          pool.on('error', (error) => codes.push(`pool: ${(error as { code?: string }).code}`));
          await pool.query('select 1');
          const client = await pool.connect();
          client.on('error', () => codes.push('holder lost it'));
          await client.query('begin');
          await client.query("update jobs set done_by = 'holder' where id = 1");
          await world.clock.sleep(60_000);
        },
        waiter: async (db, world) => {
          const pool = db.pool();
          pool.on('error', () => {});
          pool.on('connect', (client) => client.on('error', () => {}));
          await world.clock.sleep(2_000);
          await pool.query("update jobs set done_by = 'waiter' where id = 1").catch(() => codes.push('waiter failed'));
        },
      },
      [{ at: 'tick/db#30', kind: 'down', ms: 100 }],
    );
    expect(codes.sort()).toEqual(['holder lost it', 'waiter failed']);
    expect(jobs[0]).toEqual({ id: 1, done_by: null });
  });
});
