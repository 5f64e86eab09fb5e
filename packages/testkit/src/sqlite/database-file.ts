import { copyFileSync, rmSync } from 'node:fs';
import { runInProcess } from '../kernel/process-context.ts';
import { Connection } from './connection.ts';
import { openConnection } from './driver.ts';
import { Snapshot } from './snapshot.ts';
import { installVirtualChance } from './virtual-chance-functions.ts';
import { installVirtualTime } from './virtual-time-functions.ts';

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
  /** By which content is put back. */
  #restorer: Connection;
  #snapshot: Snapshot;
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
    this.#restorer = this.#openRestorer();
    this.#snapshot = Snapshot.of(this.#restorer, original);
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
    this.#keeper.rollBack();
    if (!this.#keeper.forget()) {
      this.#keeper.close();
      this.#keeper = this.#open();
    }
    if (this.#snapshot.restore(this.#restorer)) return;
    this.#closeAll();
    this.#removeFiles();
    copyFileSync(this.#original, this.path);
    this.#keeper = this.#open();
    this.#restorer = this.#openRestorer();
    this.#snapshot = Snapshot.of(this.#restorer, this.#original);
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
    installVirtualTime(driver, () => this.nowMs());
    installVirtualChance(driver, () => this.draw());
    return new Connection(driver);
  }

  #openRestorer(): Connection {
    const restorer = this.#open();
    // It puts rows back table by table, and whatever rows there were.
    restorer.driver.pragma('foreign_keys = off');
    restorer.driver.pragma('ignore_check_constraints = on');
    return restorer;
  }

  #closeAll(): void {
    for (const connection of [this.#keeper, this.#restorer, ...this.#idle.splice(0), ...this.#taken])
      connection.close();
    this.#taken.clear();
  }

  #removeFiles(): void {
    for (const suffix of ['', '-wal', '-shm']) rmSync(this.path + suffix, { force: true });
  }
}
