import { runInProcess } from '../kernel/process-context.ts';
import { EPOCH_MS } from '../kernel/simulated-clock.ts';
import { DatabaseFile } from './database-file.ts';
import { openConnection, type SqliteHandle } from './driver.ts';
import { TemplateFailedError } from './template-failed-error.ts';
import { temporaryFile } from './temporary-file.ts';
import { installVirtualTime } from './virtual-time-functions.ts';

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
    return this.#idle.pop() ?? new DatabaseFile(temporaryFile(), original);
  }

  giveBack(file: DatabaseFile): void {
    file.reset();
    this.#idle.push(file);
  }

  async #make(): Promise<string> {
    const path = temporaryFile();
    const handle = openConnection(path);
    try {
      installVirtualTime(handle, () => EPOCH_MS);
      await this.#prepare(handle);
      if (!handle.open) throw new TypeError('it closed the handle, which is not its own');
      if (handle.inTransaction) throw new TypeError('it left a transaction open');
      handle.pragma('journal_mode = delete');
      return path;
    } catch (error) {
      throw new TemplateFailedError(error);
    } finally {
      handle.close();
    }
  }
}
