import { type SqlRow, type SyncSqlExecutor, textColumn } from '@holdfast/sql';
import type { PulledRow } from '../store/claim-store.ts';
import type { QueueTables } from './queue-tables.ts';

const COLUMNS = 'm.position, m.id, m.source, m.type, m.key, m.attributes, m.body';

export interface Lane {
  readonly lane: string;
  readonly position: number;
}

/** The table of messages, within the caller's transaction. */
export class MessageTable {
  readonly #message: string;

  constructor({ message }: QueueTables) {
    this.#message = message;
  }

  /** The next positions of a queue, with their lanes. */
  after(
    tx: SyncSqlExecutor,
    from: { readonly queueId: number; readonly position: number; readonly limit: number },
  ): readonly SqlRow[] {
    return tx.executeSync({
      text: `select position, lane from ${this.#message} where queue_id = ?1 and position > ?2 order by position limit ?3`,
      values: [from.queueId, from.position, from.limit],
    }).rows;
  }

  /** Which of these are still there. */
  existing(tx: SyncSqlExecutor, positions: readonly number[]): ReadonlySet<number> {
    const { rows } = tx.executeSync({
      text: `select m.position from json_each(?1) p cross join ${this.#message} m on m.position = p.value`,
      values: [JSON.stringify(positions)],
    });
    return new Set(rows.map((row) => Number(row.position)));
  }

  /** In the order given. */
  rows(tx: SyncSqlExecutor, positions: readonly number[], deliveries: readonly number[]): readonly PulledRow[] {
    const { rows } = tx.executeSync({
      text: `select ${COLUMNS} from json_each(?1) p cross join ${this.#message} m on m.position = p.value order by p.id`,
      values: [JSON.stringify(positions)],
    });
    return rows.map((row, index) => pulledRowOf(row, deliveries[index] ?? 1));
  }

  /** Returns what was there, with the lanes. */
  remove(tx: SyncSqlExecutor, positions: readonly number[]): readonly SqlRow[] {
    return tx.executeSync({
      text: `delete from ${this.#message} where position in (select value from json_each(?1)) returning position, lane`,
      values: [JSON.stringify(positions)],
    }).rows;
  }

  /** Whether the lane has a message up to there. */
  isBusy(tx: SyncSqlExecutor, queueId: number, { lane, position }: Lane): boolean {
    const { rows } = tx.executeSync({
      text: `select 1 from ${this.#message} where queue_id = ?1 and lane = ?2 and position <= ?3 limit 1`,
      values: [queueId, lane, position],
    });
    return rows.length > 0;
  }

  /** The message of a lane after a position, when the cursor has passed it. */
  nextOf(tx: SyncSqlExecutor, queueId: number, next: Lane & { readonly upto: number }): number | null {
    const { rows } = tx.executeSync({
      text: `select position from ${this.#message} where queue_id = ?1 and lane = ?2 and position > ?3 and position <= ?4 order by position limit 1`,
      values: [queueId, next.lane, next.position, next.upto],
    });
    return rows[0] === undefined ? null : Number(rows[0].position);
  }
}

export function pulledRowOf(row: SqlRow, deliveryCount: number): PulledRow {
  return {
    position: Number(row.position),
    deliveryCount,
    id: row.id as string,
    source: row.source as string,
    type: row.type as string,
    key: row.key as string | null,
    attributes: textColumn(row, 'attributes'),
    body: row.body as Uint8Array,
  };
}
