import type { SqliteDatabase, SyncSqlExecutor } from '@holdfast/sql';
import type { PulledRow } from '../store/claim-store.ts';
import type { DeadLetterStore, RedriveMove, SqlQueueStats } from '../store/dead-letter-store.ts';
import type { QueueRecord } from '../store/queue-record.ts';
import { COUNT_BOUND, statsOf } from '../store/stats-row.ts';
import { pulledRowOf } from './message-table.ts';
import { NOW, type QueueTables } from './queue-tables.ts';

/** Dead letters and figures of queues on SQLite. */
export class SqliteDeadLetterStore implements DeadLetterStore {
  readonly #database: SqliteDatabase;
  readonly #list: string;
  readonly #insert: string;
  readonly #delete: string;
  readonly #stats: string;

  constructor(database: SqliteDatabase, tables: QueueTables) {
    const { message, claim } = tables;
    const held =
      `(select p.value from ${claim} k, json_each(k.positions) p ` +
      `where k.queue_id = ?2 and k.leased = 1 and k.due_at > ${NOW})`;
    this.#database = database;
    this.#stats = statsStatement(tables);
    this.#list =
      `select position, id, source, type, key, attributes, body from ${message} ` +
      `where origin = ?1 and queue_id = ?2 and position > ?3 and position not in ${held} order by position limit ?4`;
    this.#insert =
      `insert into ${message} (queue_id, lane, key, id, source, type, attributes, body) ` +
      `select ?1, iif(?5 = 1, key, null), key, id, source, type, ?4, body from ${message} ` +
      `where position = ?3 and queue_id = ?2 and origin = ?1 and position not in ${held}`;
    this.#delete = `delete from ${message} where position = ?1`;
  }

  async stats({ id, ordered }: QueueRecord): Promise<SqlQueueStats> {
    const { rows } = this.#database.executeSync({ text: this.#stats, values: [id] });
    return statsOf(rows[0] ?? {}, ordered);
  }

  async list(
    { id, deadLetterId }: QueueRecord,
    { after, max }: { readonly after: number; readonly max: number },
  ): Promise<readonly PulledRow[]> {
    const { rows } = this.#database.executeSync({ text: this.#list, values: [id, deadLetterId, after, max] });
    return rows.map((row) => pulledRowOf(row, 1));
  }

  async redrive(queue: QueueRecord, moves: readonly RedriveMove[]): Promise<number> {
    if (moves.length === 0) return 0;
    return this.#database.transaction((tx) => moves.filter((move) => this.#move(tx, queue, move)).length);
  }

  #move(
    tx: SyncSqlExecutor,
    { id, deadLetterId, ordered }: QueueRecord,
    { position, attributes }: RedriveMove,
  ): boolean {
    const values = [id, deadLetterId, position, attributes, ordered ? 1 : 0];
    if (tx.executeSync({ text: this.#insert, values }).rowCount === 0) return false;
    tx.executeSync({ text: this.#delete, values: [position] });
    return true;
  }
}

function statsStatement({ claim, message }: QueueTables): string {
  const counted = (where: string) =>
    `(select count(*) from (select 1 from ${message} m where ${where} limit ${COUNT_BOUND}))`;
  const open = (where: string) => `coalesce(sum(iif(${where}, k.open, 0)), 0)`;
  const cursor = `coalesce((select upto from ${claim} where queue_id = ?1 and upto is not null order by upto desc limit 1), 0)`;
  return (
    `with claims as (select ${open(`k.leased = 1 and k.due_at > ${NOW}`)} as leased, ` +
    `${open(`k.leased = 0 and k.due_at > ${NOW}`)} as delayed, ${open(`k.due_at <= ${NOW}`)} as due, ` +
    `min((select min(p.value) from json_each(k.positions) p)) as low from ${claim} k where k.queue_id = ?1 and k.open > 0) ` +
    `select ${counted(`m.queue_id = ?1 and m.position > ${cursor}`)} as fresh, ` +
    `${counted(`m.queue_id = ?1 and m.position >= claims.low and m.position <= ${cursor}`)} as passed, ` +
    `leased, delayed, due, ${counted('m.origin = ?1')} as dead, ` +
    `(select ${NOW} - m.stored_at from ${message} m where m.queue_id = ?1 and m.position >= coalesce(claims.low, ${cursor}) ` +
    'order by m.position limit 1) as oldest_age_ms from claims'
  );
}
