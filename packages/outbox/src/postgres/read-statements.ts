import type { SqlStatement, TableNames } from '@holdfast/sql';
import type { LogCursor } from '../store/log-cursor.ts';
import { ENTRY_COLUMNS } from './entry-row.ts';
import { outboxTables } from './outbox-tables.ts';
import { parseSnapshot } from './snapshot.ts';

/** Where a read stands: the lane, the cursor, and how many entries it wants. */
export interface ReadRequest {
  readonly lane: number;
  readonly cursor: LogCursor;
  readonly limit: number;
}

/**
 * Which history of which database this is: a restored dump has another system identifier, a promoted copy another
 * timeline, and in both, transaction ids mean something else.
 */
export const HISTORY =
  "(select system_identifier::text from pg_control_system()) || '/' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)";

/**
 * The two ways to read the log. They are never prepared: a plan made for an empty log would be kept while it fills.
 * Each answers a first row that describes the read (`position` null, snapshot in `id`, history in `source`, whether the
 * tail was too long in `type`), then the entries.
 */
export class ReadStatements {
  readonly #tail: string;
  readonly #backlog: string;

  constructor(names: TableNames) {
    const { log } = outboxTables(names);
    // By xid, then sorted: "order by position limit n" alone would walk the index on position over everything that is
    // kept for replay. The "+ 0" forbids that; the probe bounds what there is to sort.
    const fresh = (where: string, columns: string) =>
      `select ${columns} from ${log} where lane = $1 and ${where} and position > $4`;
    this.#tail =
      `with probe as materialized (select count(*) as entries from (${fresh('xid >= $2::xid8', '1')} limit $6) p) ` +
      `${description("case when (select entries from probe) >= $6 then 'long' end")} union all ` +
      `(select ${ENTRY_COLUMNS} from (${fresh('xid >= $2::xid8', ENTRY_COLUMNS)} union all ` +
      `${fresh('xid = any($3::xid8[])', ENTRY_COLUMNS)}) t ` +
      'where (select entries from probe) < $6 order by position + 0 limit $5)';
    this.#backlog =
      `${description('null::text')} union all (select ${ENTRY_COLUMNS} from ${log} ` +
      'where lane = $1 and position > $4 and (xid >= $2::xid8 or xid = any($3::xid8[])) ' +
      'and xid < $6::xid8 and xid <> all($7::xid8[]) order by position limit $5)';
  }

  /** What became visible since `cursor.consumed`, unless it is more than four times the limit. */
  tail({ lane, cursor, limit }: ReadRequest): SqlStatement {
    const { xmax, running } = parseSnapshot(cursor.consumed);
    return { text: this.#tail, values: [lane, xmax, running, cursor.floor, limit, 4 * limit + 1] };
  }

  /** The part of `target` that `consumed` does not see, above `cursor.position`, in order of position. */
  backlog({ lane, cursor, limit }: ReadRequest, target: string): SqlStatement {
    const consumed = parseSnapshot(cursor.consumed);
    const { xmax, running } = parseSnapshot(target);
    const position = Math.max(cursor.position, cursor.floor);
    const values = [lane, consumed.xmax, consumed.running, position, limit, xmax, running];
    return { text: this.#backlog, values };
  }
}

function description(type: string): string {
  return (
    'select null::bigint as position, null::text as key, pg_current_snapshot()::text as id, ' +
    `${HISTORY} as source, ${type} as type, null::text as attributes, null::bytea as body`
  );
}
