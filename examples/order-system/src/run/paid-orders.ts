import { AppliedLog } from '../consumer/applied-log.ts';
import { openForReading, type SqliteHandle } from '../sqlite/open-database.ts';

/** How many orders were paid, by the payment database, which another process writes. */
export class PaidOrders {
  readonly #db: SqliteHandle;
  readonly #log: AppliedLog;

  /** The file must exist. */
  constructor(file: string) {
    this.#db = openForReading(file);
    this.#log = new AppliedLog(this.#db);
  }

  get count(): number {
    return this.#db.open ? this.#log.count : 0;
  }

  close(): void {
    this.#db.close();
  }
}
