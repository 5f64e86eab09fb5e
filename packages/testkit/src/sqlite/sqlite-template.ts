import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInProcess } from '../kernel/process-context.ts';
import { EPOCH_MS } from '../kernel/simulated-clock.ts';
import { DatabaseFile } from './database-file.ts';
import { openConnection, type SqliteHandle } from './driver.ts';
import { installVirtualTime } from './virtual-time-functions.ts';

const MEMORY_FOLDER = '/dev/shm';

let folder: string | undefined;
let files = 0;

/**
 * The tables of a simulated database: they are made once, by `prepare`, and every run begins with them as they were then. Make it once and
 * outside of the world; it may be used for several databases at a time. Its files are temporary and end with the process.
 */
export class SqliteTemplate {
  readonly #prepare: (handle: SqliteHandle) => void | Promise<void>;
  #original: Promise<string> | undefined;
  readonly #idle: DatabaseFile[] = [];

  /** @param prepare makes the schema: statements, migrations, first rows. */
  constructor(prepare: (handle: SqliteHandle) => void | Promise<void>) {
    this.#prepare = prepare;
  }

  /** A database as it was prepared, that nobody else uses. */
  async take(): Promise<DatabaseFile> {
    this.#original ??= runInProcess(null, () => this.#make());
    const original = await this.#original;
    return this.#idle.pop() ?? new DatabaseFile(newFile(), original);
  }

  giveBack(file: DatabaseFile): void {
    file.reset();
    this.#idle.push(file);
  }

  async #make(): Promise<string> {
    const path = newFile();
    const handle = openConnection(path);
    installVirtualTime(handle, () => EPOCH_MS);
    await this.#prepare(handle);
    handle.pragma('journal_mode = delete');
    handle.close();
    return path;
  }
}

function newFile(): string {
  if (folder === undefined) {
    const created = mkdtempSync(join(existsSync(MEMORY_FOLDER) ? MEMORY_FOLDER : tmpdir(), 'holdfast-simulation-'));
    folder = created;
    process.on('exit', () => rmSync(created, { recursive: true, force: true }));
  }
  files += 1;
  return join(folder, `${files}.db`);
}
