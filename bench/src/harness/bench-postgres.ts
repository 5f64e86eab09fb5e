import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { type PostgresService, startPostgres } from '../../../scripts/services/postgres.ts';

/**
 * Durable as delivered (fsync and synchronous_commit on), with room, so that a checkpoint does not fall on one contender
 * and not on the other. Autovacuum is off for the same reason; rows call VACUUM ANALYZE where it would have run.
 */
const settings = {
  shared_buffers: '512MB',
  max_wal_size: '8GB',
  checkpoint_timeout: '30min',
  autovacuum: 'off',
  max_connections: '300',
};

/** A database of its own for one row. */
export interface BenchDatabase {
  readonly url: string;
  /** A pool on it; all of them end with the database. */
  pool(options?: pg.PoolConfig): pg.Pool;
  drop(): Promise<void>;
}

/** A PostgreSQL server whose CPU can be read. */
export class BenchPostgres {
  readonly version: string;
  readonly #service: PostgresService;

  private constructor(service: PostgresService, version: string) {
    this.#service = service;
    this.version = version;
  }

  static async start(major: 15 | 18, more: Readonly<Record<string, string>> = {}): Promise<BenchPostgres> {
    const service = await startPostgres({ major, own: true, settings: { ...settings, ...more } });
    const client = new pg.Client({ connectionString: service.url });
    await client.connect();
    const { rows } = await client.query('show server_version');
    await client.end();
    return new BenchPostgres(service, rows[0].server_version);
  }

  /** The parent of the server's processes. */
  get pid(): number {
    return this.#service.pid;
  }

  async createDatabase(): Promise<BenchDatabase> {
    const name = `bench_${randomUUID().replaceAll('-', '')}`;
    await this.#run(`create database "${name}"`);
    const url = new URL(this.#service.url);
    url.pathname = `/${name}`;
    const pools: pg.Pool[] = [];
    return {
      url: url.href,
      pool: (options) => {
        const pool = new pg.Pool({ connectionString: url.href, ...options });
        // Clients that are idle when the database is dropped tell so here.
        pool.on('error', () => {});
        pools.push(pool);
        return pool;
      },
      drop: async () => {
        await Promise.all(pools.filter((pool) => !pool.ending).map((pool) => pool.end()));
        await this.#run(`drop database "${name}" with (force)`);
      },
    };
  }

  /** Writes what is dirty, so that it is not written during somebody's turn. */
  async checkpoint(): Promise<void> {
    await this.#run('checkpoint');
  }

  stop(): Promise<void> {
    return this.#service.stop();
  }

  async #run(statement: string): Promise<void> {
    const client = new pg.Client({ connectionString: this.#service.url });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  }
}
