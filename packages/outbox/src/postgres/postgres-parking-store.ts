import type { PostgresDatabase, SqlExecutor, TableNames } from '@holdfast/sql';
import { ParkedRequestRefusedError } from '../errors/parked-request-refused-error.ts';
import { ENTRY_COLUMNS } from '../rows/entry-row.ts';
import { parkedMessageOf, parkedRequestOf } from '../rows/parked-row.ts';
import type { LaneClaim } from '../store/lane-store.ts';
import { NEXT_OF_KEY } from '../store/next-of-key.ts';
import type { ParkedAction, ParkedMessage, ParkedRequest, ParkedSelector } from '../store/parked-message.ts';
import type { ParkedQuery, ParkedResolution, ParkingStore } from '../store/parking-store.ts';
import { type OutboxTables, outboxTables } from './outbox-tables.ts';

/** Parked messages on PostgreSQL. */
export class PostgresParkingStore implements ParkingStore {
  readonly #database: PostgresDatabase;
  readonly #tables: OutboxTables;

  constructor(database: PostgresDatabase, names: TableNames) {
    this.#database = database;
    this.#tables = outboxTables(names);
  }

  async list({ limit = 100, key }: ParkedQuery): Promise<readonly ParkedMessage[]> {
    const { rows } = await this.#database.execute({
      text:
        'select lane, position, id, type, key, role, reason, requested, ' +
        `extract(epoch from parked_at)::float8 * 1000 as parked_at from ${this.#tables.parked} ` +
        'where $2::text is null or key = $2 order by position, lane limit $1',
      values: [limit, key ?? null],
    });
    return rows.map(parkedMessageOf);
  }

  async request(selector: ParkedSelector, action: ParkedAction): Promise<number> {
    if ('key' in selector) return this.#mark('key = $1', selector.key, action);
    if ('type' in selector) return this.#mark(this.#ofType(), selector.type, action);
    if ('all' in selector) return this.#mark('$1::text is null', null, action);
    const { rows } = await this.#database.execute({
      text:
        `select p.key from ${this.#tables.parked} p where p.id = $1 and p.role <> 'skipped' and exists (select 1 ` +
        `from ${this.#tables.parked} e where e.lane = p.lane and e.key = p.key and e.position < p.position ` +
        "and e.role <> 'skipped') limit 1",
      values: [selector.id],
    });
    if (rows[0] !== undefined) throw new ParkedRequestRefusedError(selector.id, String(rows[0].key));
    return this.#mark('id = $1', selector.id, action);
  }

  async requests(claim: LaneClaim, limit: number): Promise<readonly ParkedRequest[]> {
    const { rows } = await this.#database.execute({
      text:
        `select ${ENTRY_COLUMNS}, role, requested from ${this.#tables.parked} ` +
        'where lane = $1 and requested is not null order by position limit $2',
      values: [claim.lane, limit],
    });
    return rows.map(parkedRequestOf);
  }

  resolve(claim: LaneClaim, resolution: ParkedResolution): Promise<readonly string[] | null> {
    return this.#database.transaction(async (tx) => {
      if (!(await this.#holds(tx, claim))) return null;
      const keys = await this.#remove(tx, claim, resolution);
      if (resolution.refused !== null) await this.#refuse(tx, claim, resolution.refused);
      return this.#released(tx, claim, keys);
    });
  }

  /** Messages of the type that hold nothing back, and all of the keys that one of the type holds back. */
  #ofType(): string {
    return (
      "(type = $1 and (key is null or role = 'skipped')) or (role <> 'skipped' and exists (select 1 from " +
      `${this.#tables.parked} r where r.lane = p.lane and r.key = p.key and r.role = 'rejected' and r.type = $1))`
    );
  }

  async #mark(where: string, value: string | null, action: ParkedAction): Promise<number> {
    const { rowCount } = await this.#database.execute({
      text: `update ${this.#tables.parked} p set requested = $2 where ${where}`,
      values: [value, action],
    });
    return rowCount;
  }

  /** Locks the lane's row, so that a claim by a newer token waits for this transaction or makes it a no-op. */
  async #holds(tx: SqlExecutor, { lane, fencingToken }: LaneClaim): Promise<boolean> {
    const { rows } = await tx.execute({
      text: `select 1 from ${this.#tables.lane} where lane = $1 and fencing_token = $2 for update`,
      values: [lane, fencingToken],
    });
    return rows.length > 0;
  }

  async #remove(tx: SqlExecutor, { lane }: LaneClaim, { done }: ParkedResolution): Promise<readonly string[]> {
    if (done.length === 0) return [];
    const { rows } = await tx.execute({
      text: `delete from ${this.#tables.parked} where lane = $1 and (position, id) in (select * from unnest($2::bigint[], $3::text[])) returning key`,
      values: [lane, done.map((entry) => entry.position), done.map((entry) => entry.envelope.id)],
    });
    return [...new Set(rows.map((row) => row.key as string | null).filter((key) => key !== null))];
  }

  async #refuse(tx: SqlExecutor, { lane }: LaneClaim, refused: NonNullable<ParkedResolution['refused']>) {
    const { entry, reason } = refused;
    await tx.execute({
      text:
        `update ${this.#tables.parked} set requested = null, ` +
        "reason = case when position = $2 then $4 else reason end, role = case when position = $2 and role = 'behind' then 'rejected' else role end " +
        'where lane = $1 and (position = $2 or key = $3)',
      values: [lane, entry.position, entry.envelope.key, reason],
    });
  }

  /**
   * Keys of removed messages that hold nothing back any more. When the rejected message is gone and others wait behind
   * it, the first of them becomes the one that holds the key.
   */
  async #released(tx: SqlExecutor, { lane }: LaneClaim, keys: readonly string[]): Promise<readonly string[]> {
    if (keys.length === 0) return [];
    const { rows } = await tx.execute({
      text:
        `update ${this.#tables.parked} p set role = 'rejected', reason = case when p.role = 'behind' then '${NEXT_OF_KEY}' else p.reason end from (select key, min(position) as position ` +
        `from ${this.#tables.parked} where lane = $1 and key = any($2::text[]) and role <> 'skipped' group by key) first ` +
        'where p.lane = $1 and p.position = first.position returning p.key',
      values: [lane, keys],
    });
    const held = new Set(rows.map((row) => row.key as string));
    return keys.filter((key) => !held.has(key));
  }
}
