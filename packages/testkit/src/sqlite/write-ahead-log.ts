import { closeSync, fstatSync, ftruncateSync, openSync, statSync, writeSync } from 'node:fs';

/** The two copies of the header of SQLite's index of the log, which say that there is an index. */
const HEADER_BYTES = 96;

/**
 * The log that SQLite writes what is committed to, before it moves it to the database's file (https://www.sqlite.org/walformat.html). As long as nothing is
 * moved, that file is as it was at first, and to throw the log away is to take everything back.
 */
export class WriteAheadLog {
  readonly #path: string;
  /** Kept open: to close a file that SQLite has locked would unlock it. */
  readonly #log: number;
  readonly #index: number;
  readonly #untouched: string;

  /** @param path a database in WAL mode that has been read */
  constructor(path: string) {
    this.#path = path;
    this.#log = openSync(`${path}-wal`, 'r+');
    this.#index = openSync(`${path}-shm`, 'r+');
    this.#untouched = this.#databaseNow();
  }

  /** Nothing has been committed. */
  get isEmpty(): boolean {
    return fstatSync(this.#log).size === 0;
  }

  /** Whether somebody has moved the log to the database's file, e.g. a connection that was opened elsewhere. */
  get wasMoved(): boolean {
    return this.#databaseNow() !== this.#untouched;
  }

  /** Takes everything back. No connection may be in a transaction. Each then finds no index, and makes one of the log that is empty. */
  discard(): void {
    ftruncateSync(this.#log, 0);
    writeSync(this.#index, new Uint8Array(HEADER_BYTES), 0, HEADER_BYTES, 0);
  }

  close(): void {
    closeSync(this.#log);
    closeSync(this.#index);
  }

  #databaseNow(): string {
    const { size, mtimeNs } = statSync(this.#path, { bigint: true });
    return `${size} ${mtimeNs}`;
  }
}
