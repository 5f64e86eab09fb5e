import { copyFileSync, rmSync } from 'node:fs';
import {
  CommitUnknownError,
  DatabaseUnavailableError,
  type MigrationSet,
  Migrator,
  type SqlExecutor,
  type SqliteDatabase,
  type SqlResult,
  type SqlStatement,
  type SyncSqlExecutor,
  type TransactionRunner,
} from '@holdfast/sql';
import { BetterSqlite3Database } from '@holdfast/sql/better-sqlite3';
import Database from 'better-sqlite3';
import { StatementCache } from '../../../../sql/src/better-sqlite3/statement-cache.ts';
import { mix } from '../../../src/kernel/mix.ts';
import { currentProcess } from '../../../src/kernel/process-context.ts';
import { EPOCH_MS } from '../../../src/kernel/simulated-clock.ts';
import { currentIncarnation } from '../../../src/kernel/simulated-process.ts';
import type { World } from '../../../src/kernel/world.ts';
import { temporaryFile } from '../../../src/sqlite/temporary-file.ts';

const templates = new Map<string, string>();

export interface SqlServerOptions {
  readonly name: string;
  readonly sets: readonly MigrationSet[];
  /** The application's own tables. */
  readonly schema?: string;
}

/** What a work runs its statements with. */
export interface ServerTransaction extends SqlExecutor {
  readonly isOpen: () => boolean;
}

/**
 * A real SQLite file, reached in two ways: over a network, with transactions that stay open while others go on, and from the same machine, by
 * statements that are over at once. Its time is the world's.
 */
export class SqlServer {
  readonly name: string;
  readonly #world: World;
  readonly #served: Database.Database;
  readonly #local: Database.Database;
  readonly #servedStatements: StatementCache;
  readonly #localStatements: StatementCache;
  readonly #waiting: (() => void)[] = [];
  #isTaken = false;

  constructor(world: World, file: string, name: string) {
    this.name = name;
    this.#world = world;
    this.#served = opened(file, () => world.simulation.now);
    this.#local = opened(file, () => world.simulation.now);
    this.#servedStatements = new StatementCache(this.#served);
    this.#localStatements = new StatementCache(this.#local);
    world.server(name);
    world.onClose(() => {
      this.#served.close();
      this.#local.close();
      for (const end of ['', '-wal', '-shm']) rmSync(file + end, { force: true });
    });
  }

  static async open(world: World, { name, sets, schema = '' }: SqlServerOptions): Promise<SqlServer> {
    const template = templates.get(name) ?? (await prepared(sets, schema));
    templates.set(name, template);
    const file = temporaryFile();
    copyFileSync(template, file);
    return new SqlServer(world, file, name);
  }

  /** For checks and for what is outside of every process. */
  rows(text: string, ...values: unknown[]): Record<string, unknown>[] {
    return this.#local.prepare(text).all(...values) as Record<string, unknown>[];
  }

  /** From the same machine. */
  database(): SqliteDatabase {
    return new LocalDatabase(this.#world, this.#local, this.name);
  }

  /** Over the network. */
  runner(): TransactionRunner<ServerTransaction> {
    return new ServerRunner(this);
  }

  /** One statement's way to the server and back. */
  io<Result>(
    label: string,
    options: { before: () => unknown; after: () => unknown },
    act: () => Result | Promise<Result>,
  ) {
    const { before, after } = options;
    const site = {
      label: `${this.name}.${label}`,
      server: this.name,
      answers: true,
      errorBefore: before,
      errorAfter: after,
    };
    return this.#world.simulation.io(site, act);
  }

  run(statement: SqlStatement): SqlResult {
    return this.#servedStatements.run(statement);
  }

  runLocal(statement: SqlStatement): SqlResult {
    return this.#localStatements.run(statement);
  }

  /** Waits for the write lock. */
  take(isWanted: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const grant = () => {
        if (!isWanted()) return this.#next();
        resolve();
      };
      if (this.#isTaken) {
        this.#waiting.push(grant);
        return;
      }
      this.#isTaken = true;
      grant();
    });
  }

  release(): void {
    this.#next();
  }

  get inTransaction(): boolean {
    return this.#served.inTransaction;
  }

  #next(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#isTaken = false;
    else next();
  }
}

class ServerRunner implements TransactionRunner<ServerTransaction> {
  readonly dialect = 'sqlite';
  readonly #server: SqlServer;

  constructor(server: SqlServer) {
    this.#server = server;
  }

  executor(tx: ServerTransaction): SqlExecutor {
    return tx;
  }

  async execute(statement: SqlStatement): Promise<SqlResult> {
    const server = this.#server;
    const incarnation = currentProcess()?.incarnation;
    const isRead =
      /^\s*(select|with[\s\S]*?\)\s*select)/i.test(statement.text) &&
      !/\b(insert|update|delete)\b/i.test(statement.text);
    const activity = labelOf(statement);
    const lost = () => new DatabaseUnavailableError(activity);
    return server.io(activity, { before: () => new DatabaseUnavailableError('connect'), after: lost }, async () => {
      if (isRead) return server.runLocal(statement);
      await server.take(() => incarnation?.isAlive ?? true);
      try {
        return server.run(statement);
      } finally {
        server.release();
      }
    });
  }

  async transaction<Result>(work: (tx: ServerTransaction) => Promise<Result>): Promise<Result> {
    const open = new OpenTransaction(this.#server);
    await open.begin();
    try {
      const result = await work(open.tx);
      await open.commit();
      return result;
    } catch (error) {
      await open.rollback();
      throw error;
    }
  }
}

/** A transaction and its connection, which end with their process. */
class OpenTransaction {
  readonly #server: SqlServer;
  #state: 'new' | 'open' | 'ended' = 'new';
  #forget: () => void = () => {};

  constructor(server: SqlServer) {
    this.#server = server;
  }

  readonly tx: ServerTransaction = {
    isOpen: () => this.#state === 'open',
    execute: async (statement) => {
      if (this.#state !== 'open') throw new Error('the transaction has ended');
      const activity = labelOf(statement);
      const lost = () => new DatabaseUnavailableError(activity);
      return this.#server
        .io(activity, { before: lost, after: lost }, () => {
          if (this.#state !== 'open') throw new DatabaseUnavailableError(activity);
          return this.#server.run(statement);
        })
        .catch((error: unknown) => {
          // A lost connection is a transaction that is rolled back.
          if (error instanceof DatabaseUnavailableError) this.#end('rollback');
          throw error;
        });
    },
  };

  async begin(): Promise<void> {
    const server = this.#server;
    const incarnation = currentIncarnation();
    const before = () => new DatabaseUnavailableError('connect');
    try {
      await server.io('begin', { before, after: before }, async () => {
        await server.take(() => incarnation.isAlive);
        // It may have died in the very moment.
        if (!incarnation.isAlive) return server.release();
        server.run({ text: 'begin immediate', values: [] });
        this.#state = 'open';
        this.#forget = incarnation.onEnd(() => this.#end('rollback'));
      });
    } catch (error) {
      this.#end('rollback');
      throw error;
    }
  }

  async commit(): Promise<void> {
    const unknown = () => new CommitUnknownError();
    try {
      await this.#server.io('commit', { before: unknown, after: unknown }, () => {
        if (this.#state !== 'open') throw new DatabaseUnavailableError('commit');
        this.#end('commit');
      });
    } finally {
      this.#end('rollback');
    }
  }

  async rollback(): Promise<void> {
    this.#end('rollback');
  }

  #end(how: 'commit' | 'rollback'): void {
    if (this.#state !== 'open') return;
    this.#state = 'ended';
    this.#forget();
    if (this.#server.inTransaction) this.#server.run({ text: how, values: [] });
    this.#server.release();
  }
}

/** Each statement happens at once, and may be the process's last, or refused by a lock. */
class LocalDatabase implements SqliteDatabase {
  readonly dialect = 'sqlite';
  readonly #world: World;
  readonly #inner: BetterSqlite3Database;
  readonly #handle: Database.Database;
  readonly #name: string;

  constructor(world: World, handle: Database.Database, name: string) {
    this.#world = world;
    this.#handle = handle;
    this.#inner = new BetterSqlite3Database(handle);
    this.#name = name;
  }

  executeSync(statement: SqlStatement): SqlResult {
    return this.#point(labelOf(statement), () => this.#inner.executeSync(statement));
  }

  transaction<Result>(work: (tx: SyncSqlExecutor) => Result): Result {
    return this.#point('begin', () => {
      // What it does in between happens in one moment: a crash in it is one before it.
      return this.#inner.transaction(work);
    });
  }

  #point<Result>(label: string, act: () => Result): Result {
    const site = {
      label: `${this.#name}.${label}`,
      kinds: ['crash-before', 'crash-after', 'error-before', 'pause'] as const,
      errorBefore: () => busy(),
    };
    return this.#world.simulation.point(site, () => {
      if (this.#handle.inTransaction) throw new Error('a transaction was left open on the local handle');
      return act();
    });
  }
}

function busy(): Error {
  return new Database.SqliteError('database is locked', 'SQLITE_BUSY');
}

/** E.g. `insert holdfast_inbox`. */
function labelOf({ text }: SqlStatement): string {
  const [, verb = 'statement'] = /^\s*(\w+)/.exec(text) ?? [];
  const [, table = ''] = /\b(?:from|into|update)\s+"?(\w+)"?/i.exec(text) ?? [];
  return `${verb} ${table}`.trim();
}

function opened(file: string, now: () => number): Database.Database {
  const handle = new Database(file, { timeout: 0 });
  handle.pragma('journal_mode = WAL');
  handle.pragma('synchronous = OFF');
  // Leases are by the database's time, which no process's clock moves.
  handle.function('unixepoch', { varargs: true }, () => (EPOCH_MS + now()) / 1_000);
  // As ids are: repeatable.
  let drawn = 0;
  handle.function('random', { safeIntegers: true }, () => {
    drawn += 1;
    return BigInt(mix(mix(0x5eed, drawn), 1)) * 2_097_152n + BigInt(mix(0x5eed, drawn) >>> 11);
  });
  return handle;
}

async function prepared(sets: readonly MigrationSet[], schema: string): Promise<string> {
  const file = temporaryFile();
  const handle = new Database(file);
  await new Migrator({ database: new BetterSqlite3Database(handle), sets }).up();
  handle.exec(schema);
  handle.close();
  return file;
}
