import { PostgresOutboxStore } from '@holdfast/outbox';
import type { PostgresDatabase, SqlExecutor, SqlStatement } from '@holdfast/sql';
import type pg from 'pg';
import { describe, expect, test } from 'vitest';
import { ReadStatements } from '../../src/postgres/read-statements.ts';
import { laneRow, type PostgresOutbox, postgresOutbox } from './postgres-outbox.ts';

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Actual Rows'?: number;
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
  readonly Plans?: readonly PlanNode[];
}

interface Explained {
  /** Pages touched. */
  readonly buffers: number;
  readonly nodes: readonly PlanNode[];
}

const RETAINED = 300_000;
const CHUNK = 10_000;

async function explained(executor: pg.Pool | pg.PoolClient, { text, values }: SqlStatement): Promise<Explained> {
  const { rows } = await executor.query(`explain (analyze, buffers, format json) ${text}`, [...values]);
  const root = rows[0]['QUERY PLAN'][0].Plan as PlanNode;
  return { buffers: root['Shared Hit Blocks'] + root['Shared Read Blocks'], nodes: flat(root) };
}

function flat(node: PlanNode): readonly PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(flat)];
}

/** Which indexes of the log a plan uses, without the partition, and what it scans without one. */
function accessOf({ nodes }: Explained): readonly string[] {
  const scans = nodes.filter(
    (node) =>
      node['Index Name']?.startsWith('holdfast_outbox_log') ||
      // A bitmap's index scan is a node of its own.
      (node['Relation Name']?.startsWith('holdfast_outbox_log') && node['Node Type'] !== 'Bitmap Heap Scan'),
  );
  return [
    ...new Set(
      scans.map((node) =>
        node['Index Name'] === undefined
          ? node['Node Type']
          : (/xid|position/.exec(node['Index Name'])?.[0] ?? node['Index Name']),
      ),
    ),
  ].sort();
}

/** Nothing is analyzed before the test says so. */
async function withoutAutovacuum({ pool }: PostgresOutbox): Promise<void> {
  for (const slot of [0, 1, 2]) {
    await pool.query(`alter table holdfast_outbox_log_${slot} set (autovacuum_enabled = false)`);
  }
}

async function fill({ pool }: PostgresOutbox, count: number): Promise<void> {
  for (let chunk = 0; chunk < count / CHUNK; chunk += 1) {
    await pool.query(
      'insert into holdfast_outbox_log (slot, lane, key, id, source, type, attributes, body) ' +
        "select $1, 0, 'key ' || n % 100, 'id ' || n, '/test', 't', '{}', '\\x00' from generate_series(1, $2) n",
      [Math.floor((chunk * CHUNK * 3) / count), CHUNK],
    );
  }
}

async function snapshot(pool: pg.Pool): Promise<string> {
  const { rows } = await pool.query<{ s: string }>('select pg_current_snapshot()::text as s');
  return rows[0]!.s;
}

const cursorOf = (consumed: string, floor = 0) => ({ consumed, target: null, position: 0, floor });

describe.each([15, 18] as const)('PostgreSQL %i', (version) => {
  test('F4.12: reading is cheap whatever is retained or waits, before and after ANALYZE', {
    timeout: 90_000,
  }, async () => {
    const world = await postgresOutbox(version);
    const { pool, names, send, outbox } = world;
    const reads = new ReadStatements(names);
    await withoutAutovacuum(world);
    await fill(world, RETAINED);
    // Three transactions are open while the cursor looks, as in any busy database.
    const open = await Promise.all([1, 2, 3].map(() => pool.connect()));
    for (const client of open) {
      await client.query('begin');
      await outbox.send(client, { type: 'late', data: {} });
    }
    const consumed = await snapshot(pool);
    for (const client of open) {
      await client.query('commit');
      client.release();
    }
    await send(...Array.from({ length: 20 }, () => ({})));
    const recent = (floor: number) => reads.tail({ lane: 0, cursor: cursorOf(consumed, floor), limit: 1_000 });
    const nothing = await snapshot(pool);
    const half = await snapshot(pool);

    const prove = async (when: string) => {
      for (const floor of [0, RETAINED]) {
        const tail = await explained(pool, recent(floor));
        expect({ when, floor, access: accessOf(tail) }).toEqual({ when, floor, access: ['xid'] });
        expect(tail.buffers).toBeLessThan(400);
        const idle = await explained(pool, reads.tail({ lane: 0, cursor: cursorOf(nothing, floor), limit: 1_000 }));
        expect(accessOf(idle)).toEqual(['xid']);
        expect(idle.buffers).toBeLessThan(100);
      }
      for (const position of [0, RETAINED / 2, RETAINED - 500]) {
        const cursor = { consumed: '3:3:', target: half, position, floor: 0 };
        const backlog = await explained(
          pool,
          reads.backlog({ lane: 0, cursor, limit: 500 }, { target: half, until: position + 500 }),
        );
        expect({ when, position, access: accessOf(backlog) }).toEqual({ when, position, access: ['position'] });
        expect(backlog.nodes.map((node) => node['Node Type'])).not.toContain('Sort');
        expect(backlog.buffers).toBeLessThan(600);
      }
      const tooLong = await explained(pool, reads.tail({ lane: 0, cursor: cursorOf('3:3:'), limit: 1_000 }));
      expect(tooLong.buffers).toBeLessThan(1_000);
    };
    await prove('never analyzed');
    await pool.query('analyze holdfast_outbox_log');
    await prove('analyzed');
  });

  test('F4.12: what stats() costs does not grow with the backlog', { timeout: 90_000 }, async () => {
    const world = await postgresOutbox(version);
    const { pool, names, database } = world;
    let buffers = 0;
    const counting = counted(database, pool, (explanation) => {
      buffers += explanation.buffers;
    });
    const store = new PostgresOutboxStore({ database: counting, names });
    const cost = async () => {
      buffers = 0;
      const { lanes } = await store.housekeeping.stats();
      return { buffers, lane: lanes[0]! };
    };
    await withoutAutovacuum(world);
    // In the middle of a backlog: with a target, and what came after it.
    await fill(world, 60_000);
    await pool.query('update holdfast_outbox_lane set target = $1, position = 1000', [await snapshot(pool)]);
    await fill(world, 60_000);
    const small = await cost();
    await fill(world, 240_000);
    const large = await cost();
    expect(small.lane).toMatchObject({ pendingIsEstimate: true, pending: 119_000 });
    expect(large.lane).toMatchObject({ pendingIsEstimate: true, pending: 359_000 });
    expect(large.lane.oldestAgeMs).toBeGreaterThan(0);
    expect(large.buffers).toBeLessThan(4_000);
    await pool.query('analyze holdfast_outbox_log');
    expect((await cost()).buffers).toBeLessThan(4_000);
  });

  test('F4.12: a backlog is relayed in order, page by page, and the cursor ends behind it', {
    timeout: 60_000,
  }, async () => {
    const world = await postgresOutbox(version);
    const { pool, publisher, relayOf } = world;
    await fill(world, 30_000);
    await relayOf().runOnce();
    expect(publisher.arrivals).toHaveLength(30_000);
    const { rows } = await pool.query<{ id: string }>('select id from holdfast_outbox_log order by position');
    expect(publisher.ids).toEqual(rows.map((row) => row.id));
    expect(await laneRow(pool)).toMatchObject({ target: null, position: '30000' });
  });
});

/** Explains every reading statement before it runs. */
function counted(database: PostgresDatabase, pool: pg.Pool, onExplained: (explanation: Explained) => void) {
  const around = (executor: SqlExecutor): SqlExecutor => ({
    execute: async (statement) => {
      if (statement.text.startsWith('select')) onExplained(await explained(pool, statement));
      return executor.execute(statement);
    },
  });
  return {
    dialect: 'postgresql' as const,
    execute: (statement: SqlStatement) => around(database).execute(statement),
    transaction: <Result>(work: (tx: SqlExecutor) => Promise<Result>) => database.transaction((tx) => work(around(tx))),
  };
}
