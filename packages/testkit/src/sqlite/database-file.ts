import { copyFileSync, rmSync } from 'node:fs';
import { runInProcess } from '../kernel/process-context.ts';
import { Connection } from './connection.ts';
import { openConnection } from './driver.ts';
import { installVirtualChance } from './virtual-chance-functions.ts';
import { installVirtualTime } from './virtual-time-functions.ts';
import { WriteAheadLog } from './write-ahead-log.ts';

/** Whether a log can be thrown away under open connections here. */
let canDiscard: boolean | undefined;

/**
 * A real SQLite file with real connections, that is used for run after run: what a run has written is taken back, connections and what was
 * prepared on them stay.
 */
export class DatabaseFile {
  readonly path: string;
  readonly #original: string;
  readonly #idle: Connection[] = [];
  readonly #taken = new Set<Connection>();
  #keeper: Connection;
  #log: WriteAheadLog;
  /** SQLite's number of the schema: it changes with every change of a table. */
  #schemaVersion: number;
  #freed: PromiseWithResolvers<void> | null = null;
  /** What its functions of time tell, in milliseconds since the Unix epoch. */
  nowMs: () => number = () => 0;
  /** From what its functions of chance draw: 32 random bits. */
  draw: () => number = () => 0;

  /** `original` is copied to `path` at once, and again when a run has changed the schema. */
  constructor(path: string, original: string) {
    this.path = path;
    this.#original = original;
    copyFileSync(original, path);
    this.#keeper = this.#open();
    this.#schemaVersion = schemaVersionOf(this.#keeper);
    this.#log = new WriteAheadLog(path);
    canDiscard ??= this.#tryToDiscard();
  }

  /** For looking at it from outside of every process. */
  get keeper(): Connection {
    return this.#keeper;
  }

  take(): Connection {
    const connection = this.#idle.pop() ?? this.#open();
    this.#taken.add(connection);
    return connection;
  }

  /** What is open on it is rolled back, as the operating system does when a process is gone. */
  giveBack(connection: Connection): void {
    if (!this.#taken.delete(connection)) return;
    connection.rollBack();
    if (connection.forget()) this.#idle.push(connection);
    else connection.close();
    this.released();
  }

  /** Whether somebody holds the write lock. */
  get isLocked(): boolean {
    for (const { inTransaction } of this.#taken) if (inTransaction) return true;
    return false;
  }

  /** Resolves when a transaction has ended. */
  untilReleased(): Promise<void> {
    this.#freed ??= Promise.withResolvers<void>();
    return this.#freed.promise;
  }

  /** A transaction has ended. */
  released(): void {
    this.#freed?.resolve();
    this.#freed = null;
  }

  /** Makes it as it was at first. */
  reset(): void {
    for (const connection of [...this.#taken]) this.giveBack(connection);
    this.#freed = null;
    this.#renewKeeper();
    if (!this.#log.wasMoved) {
      if (this.#log.isEmpty) return;
      // Connections tell by its number whether the schema is the one that they know.
      if (canDiscard && schemaVersionOf(this.#keeper) === this.#schemaVersion) {
        this.#log.discard();
        return;
      }
    }
    this.#closeAll();
    this.#removeFiles();
    copyFileSync(this.#original, this.path);
    this.#keeper = this.#open();
    this.#schemaVersion = schemaVersionOf(this.#keeper);
    this.#log = new WriteAheadLog(this.path);
  }

  close(): void {
    this.#closeAll();
    this.#removeFiles();
  }

  #open(): Connection {
    // The driver looks at the file system, which is not the simulated process's doing.
    const driver = runInProcess(null, () => openConnection(this.path));
    driver.pragma('journal_mode = wal');
    // The file does not outlive the run, so nothing has to reach a disk.
    driver.pragma('synchronous = off');
    // What is written stays in the log, which is thrown away after the run.
    driver.pragma('wal_autocheckpoint = 0');
    installVirtualTime(driver, () => this.nowMs());
    installVirtualChance(driver, () => this.draw());
    return new Connection(driver);
  }

  /** Checks may have changed its settings. */
  #renewKeeper(): void {
    this.#keeper.rollBack();
    if (this.#keeper.forget()) return;
    const spent = this.#keeper;
    this.#keeper = this.#open();
    // Not before: with the last connection the log is moved.
    spent.close();
  }

  /** Whether that works on this platform; else each run that writes costs a copy of the file. */
  #tryToDiscard(): boolean {
    const other = this.#open();
    const versions = () => [this.#keeper, other].map(({ driver }) => driver.pragma('user_version', { simple: true }));
    const before = versions();
    other.driver.pragma(`user_version = ${Number(before[0]) === 1 ? 2 : 1}`);
    const written = versions();
    this.#log.discard();
    const after = versions();
    other.close();
    return before.every((version, at) => written[at] !== version && after[at] === version);
  }

  #closeAll(): void {
    this.#log.close();
    for (const connection of [this.#keeper, ...this.#idle.splice(0), ...this.#taken]) connection.close();
    this.#taken.clear();
  }

  #removeFiles(): void {
    for (const suffix of ['', '-wal', '-shm']) rmSync(this.path + suffix, { force: true });
  }
}

function schemaVersionOf(connection: Connection): number {
  return connection.statement('pragma schema_version').pluck().get() as number;
}
