import { SqliteOutboxStore } from '@holdfast/outbox';
import { BetterSqlite3Database } from '@holdfast/sql/better-sqlite3';
import { openDatabase, openForReading, type SqliteHandle } from '../sqlite/open-database.ts';
import { type DataFolder, SENDERS, type ServiceName } from './data-folder.ts';

/** A consumer and what it takes in. */
export interface Subscription {
  readonly name: string;
  readonly types: readonly string[];
}

/** Sagas that go on by themselves, or wait for a person. */
export interface SagaCounts {
  readonly running: number;
  readonly waiting: number;
}

/**
 * What the services have committed, read from their databases on handles of its own: some are written by other processes, and on the others a
 * transaction may be open.
 */
export class ServiceBooks {
  readonly #handles: ReadonlyMap<ServiceName, SqliteHandle>;
  readonly #statements = new Map<string, ReturnType<SqliteHandle['prepare']>>();
  readonly #outboxes: readonly { readonly handle: SqliteHandle; readonly store: SqliteOutboxStore }[];

  /** The files must exist. */
  constructor(folder: DataFolder, consumers: readonly ServiceName[]) {
    const names = new Set<ServiceName>([...SENDERS, ...consumers]);
    this.#handles = new Map([...names].map((name) => [name, openForReading(folder.file(name))]));
    // The store's statistics need a handle that may write.
    this.#outboxes = SENDERS.map((name) => {
      const handle = openDatabase(folder.file(name));
      return { handle, store: new SqliteOutboxStore({ database: new BetterSqlite3Database(handle) }) };
    });
  }

  /** Messages that are committed and not relayed yet. */
  async unsentCount(): Promise<number> {
    const stats = await Promise.all(this.#outboxes.map(({ store }) => store.housekeeping.stats()));
    return stats.reduce(
      (sum, { lanes, delayed }) => lanes.reduce((all, { pending }) => all + pending, sum + delayed),
      0,
    );
  }

  /** Messages that a service has applied, those included that it could tell nobody of. */
  appliedBy(service: ServiceName): number {
    return this.#number(service, 'select coalesce(max(sequence), 0) from applied_message');
  }

  /** Effects that what was committed is to have, and has not had. */
  awaitedBy(consumers: readonly Subscription[]): number {
    const sent = this.#sentByType();
    return consumers.reduce((sum, { name, types }) => {
      const expected = types.reduce((all, type) => all + (sent.get(type) ?? 0), 0);
      return sum + Math.max(0, expected - this.appliedBy(name as ServiceName));
    }, 0);
  }

  /** Those that are over are the rest of the orders. */
  get unfinishedSagas(): SagaCounts {
    const of = (kinds: string) =>
      this.#number(
        'order',
        `select count(*) from holdfast_saga where saga = 'order' and finished_at is null and kind in (${kinds})`,
      );
    return { running: of("'active', 'compensating'"), waiting: of("'attention'") };
  }

  /** Orders that wait for a review. */
  get heldCount(): number {
    return this.#number(
      'order',
      "select count(*) from holdfast_saga where saga = 'order' and kind = 'attention' and state = 'held'",
    );
  }

  close(): void {
    for (const handle of this.#handles.values()) handle.close();
    for (const { handle } of this.#outboxes) handle.close();
  }

  #sentByType(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const sender of SENDERS) {
      const rows = this.#statement(sender, 'select type, count(*) from sent_message group by type')?.raw().all() ?? [];
      for (const [type, count] of rows as [string, number][]) counts.set(type, (counts.get(type) ?? 0) + count);
    }
    return counts;
  }

  #number(service: ServiceName, sql: string): number {
    const [count = 0] = (this.#statement(service, sql)?.raw().get() ?? []) as number[];
    return count;
  }

  /** They are asked often. */
  #statement(service: ServiceName, sql: string) {
    const handle = this.#handles.get(service);
    if (handle?.open !== true) return undefined;
    const known = this.#statements.get(`${service} ${sql}`) ?? handle.prepare(sql);
    this.#statements.set(`${service} ${sql}`, known);
    return known;
  }
}
