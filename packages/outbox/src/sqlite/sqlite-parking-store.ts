import type { SqliteDatabase, SyncSqlExecutor, TableNames } from '@holdfast/sql';
import { ParkedRequestRefusedError } from '../errors/parked-request-refused-error.ts';
import { ENTRY_COLUMNS } from '../rows/entry-row.ts';
import { parkedMessageOf, parkedRequestOf } from '../rows/parked-row.ts';
import type { LaneClaim } from '../store/lane-store.ts';
import { NEXT_OF_KEY } from '../store/next-of-key.ts';
import type { ParkedAction, ParkedMessage, ParkedRequest, ParkedSelector } from '../store/parked-message.ts';
import type { ParkedQuery, ParkedResolution, ParkingStore } from '../store/parking-store.ts';
import { type OutboxTables, outboxTables } from './outbox-tables.ts';

/** Parked messages on SQLite. */
export class SqliteParkingStore implements ParkingStore {
  readonly #database: SqliteDatabase;
  readonly #tables: OutboxTables;

  constructor(database: SqliteDatabase, names: TableNames) {
    this.#database = database;
    this.#tables = outboxTables(names);
  }

  async list({ limit = 100, key }: ParkedQuery): Promise<readonly ParkedMessage[]> {
    const { rows } = this.#database.executeSync({
      text:
        `select lane, position, id, type, key, role, reason, requested, parked_at from ${this.#tables.parked} ` +
        `${key === undefined ? '' : 'where key = ?2 '}order by position, lane limit ?1`,
      values: key === undefined ? [limit] : [limit, key],
    });
    return rows.map(parkedMessageOf);
  }

  async request(selector: ParkedSelector, action: ParkedAction): Promise<number> {
    const mark = (where: string, value: string | null) => this.#mark(this.#database, { where, value, action });
    if ('key' in selector) return mark('key = ?1', selector.key);
    if ('type' in selector) return mark(this.#ofType(), selector.type);
    if ('all' in selector) return mark('?1 is null', null);
    return this.#database.transaction((tx) => {
      this.#assertNotBehind(tx, selector.id);
      return this.#mark(tx, { where: 'id = ?1', value: selector.id, action });
    });
  }

  async requests(claim: LaneClaim, limit: number): Promise<readonly ParkedRequest[]> {
    const { rows } = this.#database.executeSync({
      text:
        `select ${ENTRY_COLUMNS}, role, requested from ${this.#tables.parked} ` +
        'where lane = ?1 and requested is not null order by position limit ?2',
      values: [claim.lane, limit],
    });
    return rows.map(parkedRequestOf);
  }

  async resolve(claim: LaneClaim, resolution: ParkedResolution): Promise<readonly string[] | null> {
    return this.#database.transaction((tx) => {
      if (!this.#holds(tx, claim)) return null;
      const keys = this.#remove(tx, claim, resolution);
      if (resolution.refused !== null) this.#refuse(tx, claim, resolution.refused);
      return keys.filter((key) => !this.#isHeld(tx, claim, key));
    });
  }

  /** Messages of the type that hold nothing back, and all of the keys that one of the type holds back. */
  #ofType(): string {
    const { parked } = this.#tables;
    return (
      "(type = ?1 and (key is null or role = 'skipped')) or (role <> 'skipped' and exists (select 1 from " +
      `${parked} r where r.lane = ${parked}.lane and r.key = ${parked}.key and r.role = 'rejected' and r.type = ?1))`
    );
  }

  #assertNotBehind(tx: SyncSqlExecutor, id: string): void {
    const { rows } = tx.executeSync({
      text:
        `select p.key from ${this.#tables.parked} p where p.id = ?1 and p.role <> 'skipped' and exists (select 1 ` +
        `from ${this.#tables.parked} e where e.lane = p.lane and e.key = p.key and e.position < p.position ` +
        "and e.role <> 'skipped') limit 1",
      values: [id],
    });
    if (rows[0] !== undefined) throw new ParkedRequestRefusedError(id, String(rows[0].key));
  }

  #mark(executor: SyncSqlExecutor, request: { where: string; value: string | null; action: ParkedAction }): number {
    return executor.executeSync({
      text: `update ${this.#tables.parked} set requested = ?2 where ${request.where}`,
      values: [request.value, request.action],
    }).rowCount;
  }

  #holds(tx: SyncSqlExecutor, { lane, fencingToken }: LaneClaim): boolean {
    const { rows } = tx.executeSync({
      text: `select 1 from ${this.#tables.lane} where lane = ?1 and fencing_token = ?2`,
      values: [lane, fencingToken],
    });
    return rows.length > 0;
  }

  /** Returns the keys of what was removed. */
  #remove(tx: SyncSqlExecutor, { lane }: LaneClaim, { done }: ParkedResolution): readonly string[] {
    const keys = new Set<string>();
    for (const { position, envelope } of done) {
      const { rowCount } = tx.executeSync({
        text: `delete from ${this.#tables.parked} where lane = ?1 and position = ?2 and id = ?3`,
        values: [lane, position, envelope.id],
      });
      if (rowCount > 0 && envelope.key !== null) keys.add(envelope.key);
    }
    return [...keys];
  }

  #refuse(tx: SyncSqlExecutor, { lane }: LaneClaim, refused: NonNullable<ParkedResolution['refused']>): void {
    const { entry, reason } = refused;
    tx.executeSync({
      text:
        `update ${this.#tables.parked} set requested = null, reason = case when position = ?2 then ?4 else reason end, ` +
        "role = case when position = ?2 and role = 'behind' then 'rejected' else role end " +
        'where lane = ?1 and (position = ?2 or key = ?3)',
      values: [lane, entry.position, entry.envelope.key, reason],
    });
  }

  /**
   * Whether something parked still holds the key back. When the rejected message is gone and others wait behind it, the
   * first of them becomes the one that holds the key.
   */
  #isHeld(tx: SyncSqlExecutor, { lane }: LaneClaim, key: string): boolean {
    const { rowCount } = tx.executeSync({
      text:
        `update ${this.#tables.parked} set role = 'rejected', ` +
        `reason = case when role = 'behind' then '${NEXT_OF_KEY}' else reason end where lane = ?1 and key = ?2 and position = (select ` +
        `min(position) from ${this.#tables.parked} where lane = ?1 and key = ?2 and role <> 'skipped')`,
      values: [lane, key],
    });
    return rowCount > 0;
  }
}
