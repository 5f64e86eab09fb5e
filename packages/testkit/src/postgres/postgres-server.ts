import { stringOption } from '@holdfast/core';
import type { PgPoolLike } from '@holdfast/sql/pg';
import { runForReal } from '../kernel/process-context.ts';
import { DatabaseSnapshot } from './database-snapshot.ts';
import { RealSession, realPool } from './real-session.ts';
import { virtualTimeSchema } from './virtual-time-schema.ts';

export interface PostgresServerOptions {
  /** A database that nobody else uses, whose role may set `session_replication_role`: all its rows are deleted before each run. */
  readonly connectionString: string;
  /** Makes schema and first rows, once. The pool is for this time only. @default nothing */
  readonly prepare?: (pool: PgPoolLike) => Promise<unknown>;
}

/**
 * A real PostgreSQL database for simulated runs, one after another. Outlives them, with its connections: opening one costs the server a process.
 * Close it at the end.
 */
export class PostgresServer {
  readonly #connectionString: string;
  readonly #prepare: PostgresServerOptions['prepare'];
  readonly #idle: RealSession[] = [];
  readonly #known = new Map<number, RealSession>();
  readonly #returning = new Set<Promise<void>>();
  #control: RealSession | null = null;
  #snapshot: DatabaseSnapshot | null = null;
  #runs = 0;

  /** @throws InvalidOptionError */
  constructor({ connectionString, prepare }: PostgresServerOptions) {
    this.#connectionString = stringOption('connectionString', connectionString, { maxBytes: 4_096 });
    this.#prepare = prepare;
  }

  /** Puts the prepared content back: the beginning of a run. */
  begin(): Promise<void> {
    return runForReal(async () => {
      await this.#returned();
      const control = await this.#controlSession();
      this.#snapshot ??= await this.#prepared(control);
      await this.#snapshot.restore(control);
      this.#runs += 1;
      // Deleted rows are still looked at by every scan.
      if (this.#runs % RUNS_PER_VACUUM === 0) await control.run('vacuum');
    });
  }

  /** A connection as new. */
  async take(): Promise<RealSession> {
    const session = this.#idle.shift() ?? (await RealSession.connect(this.#connectionString));
    this.#known.set(session.pid, session);
    return session;
  }

  /** Ends what its user had begun, behind what the server has received of it already. */
  async giveBack(session: RealSession): Promise<void> {
    const returning = this.#forget(session);
    this.#returning.add(returning);
    await returning;
    this.#returning.delete(returning);
  }

  /** As when the server is shut down. What waits for a lock is ended first: it must not get that of another one that ends. */
  async terminate(sessions: readonly RealSession[]): Promise<void> {
    await (await this.#controlSession()).run(TERMINATE, [sessions.map(({ pid }) => pid)]);
  }

  /** Whether it waits for a lock that another connection of the simulation holds, and which only a later event can free. */
  async isBlocked(session: RealSession): Promise<boolean> {
    // Its statement fails by itself when the time of the server's clock is over.
    if (session.hasLockTimeout) return false;
    const { rows } = await (await this.#controlSession()).run(BLOCKERS, [[...this.#known.keys()]]);
    const blockers = new Map<number, readonly number[]>(rows.map(({ pid, blockers }) => [pid, blockers]));
    const own = blockers.get(session.pid) ?? [];
    // Somebody else, e.g. autovacuum, goes on in real time; a deadlock is ended by the server.
    return own.length > 0 && own.every((pid) => this.#known.has(pid)) && !isInCycle(session.pid, blockers);
  }

  /** For checks and for building a world: real time, no faults. */
  query(text: string, values: readonly unknown[] = []): Promise<readonly Readonly<Record<string, unknown>>[]> {
    return runForReal(async () => (await (await this.#controlSession()).run(text, values)).rows);
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    await runForReal(async () => {
      await this.#returned();
      const sessions = [...this.#idle.splice(0), ...this.#known.values()];
      if (this.#control !== null) sessions.push(this.#control);
      this.#control = null;
      await Promise.all(sessions.map((session) => session.end()));
    });
  }

  async #forget(session: RealSession): Promise<void> {
    const isUsable = await session.forget();
    this.#known.delete(session.pid);
    if (isUsable) this.#idle.push(session);
    else await this.#gone(session);
  }

  /** The server's locks last until its process has gone. */
  async #gone({ pid }: RealSession): Promise<void> {
    const control = await this.#controlSession();
    for (let isThere = true; isThere; ) {
      const { rows } = await control.run('select count(*)::int as there from pg_stat_activity where pid = $1', [pid]);
      isThere = rows[0]?.there !== 0;
    }
  }

  async #returned(): Promise<void> {
    while (this.#returning.size > 0) await Promise.all(this.#returning);
  }

  async #controlSession(): Promise<RealSession> {
    this.#control ??= await RealSession.connect(this.#connectionString);
    return this.#control;
  }

  async #prepared(control: RealSession): Promise<DatabaseSnapshot> {
    await control.run(virtualTimeSchema);
    const pool = realPool(this.#connectionString);
    try {
      await this.#prepare?.(pool);
    } finally {
      await pool.end();
    }
    return DatabaseSnapshot.take(control);
  }
}

const RUNS_PER_VACUUM = 25;
const TERMINATE =
  'select pg_terminate_backend(pid) from (select pid from unnest($1::int[]) pid order by cardinality(pg_blocking_pids(pid)) desc, pid) s';
const BLOCKERS =
  'select pid, pg_blocking_pids(pid) as blockers from unnest($1::int[]) pid where cardinality(pg_blocking_pids(pid)) > 0';

function isInCycle(start: number, blockers: ReadonlyMap<number, readonly number[]>): boolean {
  const seen = new Set<number>();
  const open = [...(blockers.get(start) ?? [])];
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    if (pid === start) return true;
    if (seen.has(pid)) continue;
    seen.add(pid);
    open.push(...(blockers.get(pid) ?? []));
  }
  return false;
}
