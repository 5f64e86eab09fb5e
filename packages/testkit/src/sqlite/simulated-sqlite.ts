import { InvalidOptionError, stringOption } from '@holdfast/core';
import type { SqliteDatabase } from '@holdfast/sql';
import { BetterSqlite3Database } from '@holdfast/sql/better-sqlite3';
import { assertOwnConnection } from '../kernel/assert-own-connection.ts';
import { hashText, mix } from '../kernel/mix.ts';
import { currentProcess } from '../kernel/process-context.ts';
import { EPOCH_MS } from '../kernel/simulated-clock.ts';
import type { Simulation } from '../kernel/simulation.ts';
import type { World, WorldPart } from '../kernel/world.ts';
import type { DatabaseFile } from './database-file.ts';
import type { SqliteHandle } from './driver.ts';
import { LocalRunner } from './local-runner.ts';
import { ServerRunner, type ServerRunnerOptions } from './server-runner.ts';
import { ServerSession, type ServerTimeouts } from './server-session.ts';
import { SimulatedHandle } from './simulated-handle.ts';
import { SqliteTemplate } from './sqlite-template.ts';

export interface SimulatedSqliteOptions {
  /** Its tables, made once for all runs. @default none */
  readonly template?: SqliteTemplate;
  /**
   * It is a server behind a network, which can be down and the way to which can be cut: for `transactions()` and the Kysely dialect. @default false
   */
  readonly server?: boolean;
  /**
   * What runs are compared by besides the rows of each table, as queries that give one number: sums of what statements change,
   * e.g. `{ 'units in stock': 'select sum(units) from stock' }`. @default none
   */
  readonly figures?: Readonly<Record<string, string>>;
}

const empty = new SqliteTemplate(() => {});

/**
 * A SQLite database in a simulated world: a real file, with a real connection for each handle of each process. What a process has committed
 * outlives it; what it has not is rolled back when it dies. Its time is virtual, and no process's clock jump moves it; its `random()` is repeatable.
 */
export class SimulatedSqlite implements WorldPart {
  readonly name: string;
  readonly #world: World;
  readonly #file: DatabaseFile;
  readonly #figures: Readonly<Record<string, string>>;
  readonly #sessions = new Set<ServerSession>();

  private constructor(
    world: World,
    name: string,
    { file, figures }: { file: DatabaseFile; figures: Readonly<Record<string, string>> },
  ) {
    this.#world = world;
    this.name = name;
    this.#file = file;
    this.#figures = figures;
    file.nowMs = () => Math.floor(EPOCH_MS + world.simulation.now);
    const seed = mix(world.simulation.seed, hashText(name));
    let draws = 0;
    file.draw = () => {
      draws += 1;
      return mix(seed, draws);
    };
  }

  /** Adds a database to a world that is being built. */
  static async open(
    world: World,
    name: string,
    { template = empty, server = false, figures = {} }: SimulatedSqliteOptions = {},
  ): Promise<SimulatedSqlite> {
    stringOption('name', name, { maxBytes: 64 });
    const file = await template.take();
    const database = new SimulatedSqlite(world, name, { file, figures });
    world.part(database);
    if (server) world.server(name, { onDown: () => database.#restart() });
    world.onClose(() => template.giveBack(file));
    return database;
  }

  /** A connection of the process whose code calls, in the shape of better-sqlite3's `Database`. */
  handle(): SqliteHandle {
    const handle = new SimulatedHandle({
      simulation: this.#world.simulation,
      database: this.name,
      file: this.#file,
      owner: currentProcess()?.incarnation ?? null,
    });
    // The part of it that a service uses; what is missing is undefined, and so fails where it is called.
    return handle as unknown as SqliteHandle;
  }

  /** For background work of our packages, on a connection of its own. */
  database(): SqliteDatabase {
    return new BetterSqlite3Database(this.handle());
  }

  /** Runs the transactions of the process whose code calls, one at a time, on a handle of its own; waiting for the lock takes virtual time. */
  runner(handle: SqliteHandle = this.handle()): LocalRunner {
    return new LocalRunner({ simulation: this.#world.simulation, database: this.name, file: this.#file, handle });
  }

  /**
   * Runs the transactions of the process whose code calls as on a database server behind a network: statements and answers take time, and may be
   * lost; a COMMIT whose answer is lost rejects with CommitUnknownError and has happened. Waiting for the lock takes virtual time.
   */
  transactions(options: ServerRunnerOptions = {}): ServerRunner {
    return new ServerRunner(this.#world.simulation, this.opener(options), options);
  }

  /** @internal Opens connections to it as to a server, in the process whose code calls and in no other. */
  opener(timeouts: ServerTimeouts = {}): () => ServerSession {
    const owner = currentProcess()?.incarnation ?? null;
    return () => {
      assertOwnConnection(owner, this.name);
      return this.#session(timeouts);
    };
  }

  #session(timeouts: ServerTimeouts): ServerSession {
    const session = new ServerSession(
      {
        simulation: this.#world.simulation,
        database: this.name,
        file: this.#file,
        onEnd: (ended) => this.#sessions.delete(ended),
      },
      timeouts,
    );
    this.#sessions.add(session);
    return session;
  }

  /** @internal */
  get simulation(): Simulation {
    return this.#world.simulation;
  }

  /** Where the file lies, for checks that read it by a connection of their own. The same file serves run after run. */
  get path(): string {
    return this.#file.path;
  }

  /** Rows, for checks: outside of processes, without faults, what is committed. */
  query(text: string, ...values: readonly unknown[]): readonly Readonly<Record<string, unknown>>[] {
    return this.#file.keeper.statement(text).all(...values) as Record<string, unknown>[];
  }

  get countsRowsOnly(): boolean {
    return Object.keys(this.#figures).length === 0;
  }

  /** Rows of each table that is not one of Holdfast's, and the figures. @throws InvalidOptionError when a figure is no number */
  counts(): Readonly<Record<string, number>> {
    const tables = this.query(
      "select name from sqlite_master where type = 'table' and substr(name, 1, 7) <> 'sqlite_' and substr(name, 1, 9) <> 'holdfast_' order by name",
    );
    const rows = tables.map(({ name }) => [
      String(name),
      Number(this.query(`select count(*) as n from "${String(name).replaceAll('"', '""')}"`)[0]?.['n']),
    ]);
    const figures = Object.entries(this.#figures).map(([name, query]) => [name, this.#figure(name, query)]);
    return Object.fromEntries([...rows, ...figures]);
  }

  #figure(name: string, query: string): number {
    // The sum of no rows is null.
    const value = Number(Object.values(this.query(query)[0] ?? {})[0] ?? 0);
    if (Number.isFinite(value)) return value;
    throw new InvalidOptionError(`figures.${name}`, query, 'a query whose first row begins with a number');
  }

  /** As a server does that is gone and comes back: what was committed is there, connections are not. */
  #restart(): void {
    for (const session of [...this.#sessions]) session.close();
  }
}
