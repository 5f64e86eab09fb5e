import { Migrator, type SqlExecutor, type SqlStatement } from '@holdfast/sql';
import { type PostgresTestVersion, postgresTestDatabase } from '@holdfast/sql/testing';
import type pg from 'pg';
import { onTestFinished } from 'vitest';
import { postgresInboxMigrations } from '../../src/postgres/migrations.ts';
import { PostgresRetentionStore } from '../../src/postgres/postgres-retention-store.ts';

/** An inbox's tables, with nothing cleaned up or analyzed before the test says so. */
export async function postgresRetention(version: PostgresTestVersion) {
  const { pool, database, names, drop } = await postgresTestDatabase(version);
  onTestFinished(drop);
  await new Migrator({ database, names, sets: [postgresInboxMigrations] }).up();
  await pool.query('alter table holdfast_inbox set (autovacuum_enabled = false)');
  return {
    pool,
    database,
    store: new PostgresRetentionStore(names),
    /** Records of so many days ago. */
    async fill(consumer: string, { count, ageDays }: { readonly count: number; readonly ageDays: number }) {
      await pool.query(
        'insert into holdfast_inbox (consumer, source, id, digest, received_at) ' +
          "select $1, '/orders', md5(random()::text || n), '\\x00', now() - ($2 * 86400 - n * 0.001) * interval '1 second' " +
          'from generate_series(1, $3::int) n',
        [consumer, ageDays, count],
      );
    },
    async count(consumer: string): Promise<number> {
      const { rows } = await pool.query('select count(*)::int as n from holdfast_inbox where consumer = $1', [
        consumer,
      ]);
      return rows[0].n;
    },
  };
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
  readonly Plans?: readonly PlanNode[];
}

export interface Explained {
  /** Pages touched. */
  readonly buffers: number;
  /** By which the records are found; a scan without one is named by what it is. */
  readonly indexes: readonly string[];
}

/** Explains a statement by running it, and takes its effect back. */
export class ExplainingExecutor implements SqlExecutor {
  readonly explained: Explained[] = [];
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async execute({ text, values }: SqlStatement) {
    const client = await this.#pool.connect();
    try {
      await client.query('begin');
      const { rows } = await client.query(`explain (analyze, buffers, format json) ${text}`, [...values]);
      this.explained.push(explainedOf(rows[0]['QUERY PLAN'][0].Plan));
      await client.query('rollback');
    } finally {
      client.release();
    }
    return { rows: [{ removed: 0, last_us: null, lag: null, oldest: null, quarantined: 0, parked: 0 }], rowCount: 1 };
  }
}

function explainedOf(root: PlanNode): Explained {
  const nodes = flat(root);
  const indexes = nodes
    .flatMap((node) => node['Index Name'] ?? [])
    .filter((name) => /^holdfast_inbox_(by|pkey)/.test(name));
  const isScanned = nodes.some(
    (node) => node['Node Type'] === 'Seq Scan' && node['Relation Name'] === 'holdfast_inbox',
  );
  return {
    buffers: root['Shared Hit Blocks'] + root['Shared Read Blocks'],
    indexes: isScanned ? [...indexes, 'Seq Scan'] : indexes,
  };
}

function flat(node: PlanNode): readonly PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(flat)];
}
