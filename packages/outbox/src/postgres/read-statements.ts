import type { SqlStatement, TableNames } from '@holdfast/sql';
import { ENTRY_COLUMNS } from '../rows/entry-row.ts';
import type { LogCursor } from '../store/log-cursor.ts';
import { outboxTables } from './outbox-tables.ts';
import { parseSnapshot } from './snapshot.ts';

/**
 * The same with the body as Base64: the driver asks for text, and PostgreSQL would write bytes as hexadecimal, which
 * takes twice the bytes and, before PostgreSQL 18, most of the time of a read.
 */
const READ_COLUMNS = "position, key, id, source, type, attributes, encode(body, 'base64') as body";

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

/** Which run of the server this is: what a relay holds in memory outlives none, since data may have been put back. */
export const SERVER_RUN = 'extract(epoch from pg_postmaster_start_time())::text';

/**
 * The two ways to read the log. They are never prepared: a plan made for an empty log would be kept while it fills.
 * Each answers a first row that describes the read (`position` null, the last position ever drawn in `key`, the snapshot
 * in `id`, history and run of the server in `source`, the lane's revision in `attributes`, in `type` whether the tail was too `long` to be sorted or has `foreign` rows), then the
 * entries.
 */
export class ReadStatements {
  readonly #tail: string;
  readonly #backlog: string;

  constructor(names: TableNames) {
    const { log, sequence, lane: lanes } = outboxTables(names);
    const description = (type: string) =>
      `select null::bigint as position, (select last_value from ${sequence})::text as key, pg_current_snapshot()::text as id, ` +
      `${HISTORY} || '@' || ${SERVER_RUN} as source, ${type} as type, ` +
      `(select revision from ${lanes} where lane = $1)::text as attributes, null::text as body`;
    // A visible row whose transaction id was never given out here came with a dump.
    const foreign = `exists (select 1 from ${log} where lane = $1 and xid >= pg_snapshot_xmax(pg_current_snapshot()))`;
    // By xid, then sorted: "order by position limit n" alone would walk the index on position over everything that is
    // kept for replay. The "+ 0" forbids that index, whatever the planner knows of the table; the probe bounds what
    // there is to sort.
    const fresh = (where: string, columns: string) =>
      `select ${columns} from ${log} where lane = $1 and ${where} and position + 0 > $4`;
    this.#tail =
      `with probe as materialized (select count(*) as entries from (${fresh('xid >= $2::xid8', '1')} limit $6) p) ` +
      `${description(`case when ${foreign} then 'foreign' when (select entries from probe) >= $6 then 'long' end`)} union all ` +
      `(select ${READ_COLUMNS} from (select * from (${fresh('xid >= $2::xid8', ENTRY_COLUMNS)} union all ` +
      `${fresh('xid = any($3::xid8[])', ENTRY_COLUMNS)}) t ` +
      'where (select entries from probe) < $6 order by position + 0 limit $5) page)';
    // By position: the functions cannot use the index on xid, and both bounds keep every plan cheap.
    this.#backlog =
      `${description('null::text')} union all (select ${READ_COLUMNS} from ${log} ` +
      'where lane = $1 and position > $2 and position <= $6 ' +
      'and not pg_visible_in_snapshot(xid, $3::pg_snapshot) and pg_visible_in_snapshot(xid, $4::pg_snapshot) ' +
      'order by position limit $5)';
  }

  /** What became visible since `cursor.consumed`, unless it is more than four times the limit. */
  tail({ lane, cursor, limit }: ReadRequest): SqlStatement {
    const { xmax, running } = parseSnapshot(cursor.consumed);
    return { text: this.#tail, values: [lane, xmax, running, cursor.floor, limit, 4 * limit + 1] };
  }

  /** The part of `target` that `consumed` does not see, above `cursor.position` and up to `until`, in order of position. */
  backlog(
    { lane, cursor, limit }: ReadRequest,
    bound: { readonly target: string; readonly until: number },
  ): SqlStatement {
    const position = Math.max(cursor.position, cursor.floor);
    return { text: this.#backlog, values: [lane, position, cursor.consumed, bound.target, limit, bound.until] };
  }
}
