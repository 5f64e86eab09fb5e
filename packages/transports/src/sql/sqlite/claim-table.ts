import { numberColumn, type SqlRow, type SyncSqlExecutor, textColumn } from '@holdfast/sql';
import { NEVER, NOW, newClaim, type QueueTables } from './queue-tables.ts';

/** A row of the table of claims. */
export interface ClaimRow {
  readonly claim: number;
  readonly upto: number | null;
  readonly dueAt: number;
  readonly open: number;
  readonly positions: readonly number[];
  readonly deliveries: readonly number[];
}

export interface NewClaim {
  readonly queueId: number;
  readonly dueInMs: number;
  readonly leased: boolean;
  readonly upto: number | null;
  readonly positions: readonly number[];
  readonly deliveries: readonly number[];
}

/** The table of claims, within the caller's transaction. */
export class ClaimTable {
  readonly #tables: QueueTables;

  constructor(tables: QueueTables) {
    this.#tables = tables;
  }

  /** The claim, when its time has not come. */
  held(tx: SyncSqlExecutor, claim: number): ClaimRow | null {
    const { rows } = tx.executeSync({
      text: `select * from ${this.#tables.claim} where claim = ?1 and due_at > ${NOW}`,
      values: [claim],
    });
    return rows[0] === undefined ? null : claimRowOf(rows[0]);
  }

  /** Claims whose time has come, the oldest first. */
  due(tx: SyncSqlExecutor, queueId: number, limit: number): readonly ClaimRow[] {
    const { rows } = tx.executeSync({
      text: `select * from ${this.#tables.claim} where queue_id = ?1 and due_at <= ${NOW} order by due_at limit ?2`,
      values: [queueId, limit],
    });
    return rows.map(claimRowOf);
  }

  /** The claim that looked at the last position of all. */
  cursor(tx: SyncSqlExecutor, queueId: number): ClaimRow | null {
    const { rows } = tx.executeSync({
      text: `select * from ${this.#tables.claim} where queue_id = ?1 and upto is not null order by upto desc limit 1`,
      values: [queueId],
    });
    return rows[0] === undefined ? null : claimRowOf(rows[0]);
  }

  /** Returns its name. A claim on nothing is never due. */
  insert(tx: SyncSqlExecutor, { queueId, dueInMs, leased, upto, positions, deliveries }: NewClaim): number {
    const open = positions.length;
    const due = open === 0 ? `${NEVER}` : `${NOW} + ?3`;
    const { rows } = tx.executeSync({
      text:
        `insert into ${this.#tables.claim} (claim, queue_id, open, due_at, leased, upto, positions, deliveries) ` +
        `values (${newClaim}, ?1, ?2, ${due}, ?4, ?5, ?6, ?7) returning claim`,
      values: [
        queueId,
        open,
        Math.ceil(dueInMs),
        leased ? 1 : 0,
        upto,
        JSON.stringify(positions),
        JSON.stringify(deliveries),
      ],
    });
    return Number(rows[0]?.claim);
  }

  extend(tx: SyncSqlExecutor, claim: number, dueInMs: number): void {
    tx.executeSync({
      text: `update ${this.#tables.claim} set due_at = ${NOW} + ?2 where claim = ?1`,
      values: [claim, Math.ceil(dueInMs)],
    });
  }

  /** Leaves a claim these positions, without a holder or with the one that it has. */
  keep(
    tx: SyncSqlExecutor,
    claim: number,
    left: Pick<NewClaim, 'positions' | 'deliveries'> & { readonly open: number; readonly leased: boolean },
  ): void {
    tx.executeSync({
      text: `update ${this.#tables.claim} set positions = ?2, deliveries = ?3, open = ?4, leased = ?5 where claim = ?1`,
      values: [claim, JSON.stringify(left.positions), JSON.stringify(left.deliveries), left.open, left.leased ? 1 : 0],
    });
  }

  /** Counts positions as settled. A claim without any is removed, unless it is the cursor of its queue. */
  settle(
    tx: SyncSqlExecutor,
    { claim, open, upto }: ClaimRow,
    settled: { readonly queueId: number; readonly count: number },
  ): void {
    const { queueId, count } = settled;
    if (open > count) {
      tx.executeSync({
        text: `update ${this.#tables.claim} set open = open - ?2 where claim = ?1`,
        values: [claim, count],
      });
    } else if (upto === null || this.cursor(tx, queueId)?.claim !== claim) this.remove(tx, claim);
    else this.empty(tx, claim);
  }

  empty(tx: SyncSqlExecutor, claim: number): void {
    tx.executeSync({
      text: `update ${this.#tables.claim} set open = 0, due_at = ${NEVER}, leased = 0, positions = '[]', deliveries = '[]' where claim = ?1`,
      values: [claim],
    });
  }

  remove(tx: SyncSqlExecutor, claim: number): void {
    tx.executeSync({ text: `delete from ${this.#tables.claim} where claim = ?1`, values: [claim] });
  }
}

function claimRowOf(row: SqlRow): ClaimRow {
  return {
    claim: numberColumn(row, 'claim'),
    upto: row.upto === null ? null : numberColumn(row, 'upto'),
    dueAt: numberColumn(row, 'due_at'),
    open: numberColumn(row, 'open'),
    positions: JSON.parse(textColumn(row, 'positions')),
    deliveries: JSON.parse(textColumn(row, 'deliveries')),
  };
}
