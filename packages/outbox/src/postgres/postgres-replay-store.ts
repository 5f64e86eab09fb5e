import type { PostgresDatabase, TableNames } from '@holdfast/sql';
import type { ReplayFilter, ReplayPreview, ReplayRange, ReplayStep, ReplayStore } from '../store/replay-store.ts';
import { insertRows, lockedKeys } from './append-statements.ts';
import { lockSeed, type OutboxTables, outboxTables } from './outbox-tables.ts';

/** Entries of a time span. */
const MATCHING =
  'created_at >= to_timestamp($1::float8 / 1000) and created_at < to_timestamp($2::float8 / 1000) ' +
  'and ($3::text[] is null or type = any($3)) and ($4::text[] is null or key = any($4))';

/** Replay on PostgreSQL: reads what retention has kept and appends it again. */
export class PostgresReplayStore implements ReplayStore {
  readonly #database: PostgresDatabase;
  readonly #tables: OutboxTables;
  readonly #copy: string;

  constructor(database: PostgresDatabase, names: TableNames) {
    this.#database = database;
    this.#tables = outboxTables(names);
    this.#copy = copyStatement(this.#tables, lockSeed(names));
  }

  async preview(filter: ReplayFilter): Promise<ReplayPreview> {
    const { rows } = await this.#database.execute({
      text: `select type, count(*) as messages, sum(length(body)) as bytes from ${this.#tables.log} where ${MATCHING} group by type`,
      values: filterValues(filter),
    });
    const oldest = await this.#database.execute({
      text: `select extract(epoch from min(created_at))::float8 * 1000 as since from ${this.#tables.log}`,
      values: [],
    });
    const since = oldest.rows[0]?.since ?? null;
    return {
      messages: rows.reduce((sum, row) => sum + Number(row.messages), 0),
      bytes: rows.reduce((sum, row) => sum + Number(row.bytes), 0),
      byType: Object.fromEntries(rows.map((row) => [row.type as string, Number(row.messages)])),
      retainedSince: since === null ? null : Math.floor(Number(since)),
    };
  }

  async copy(filter: ReplayFilter, range: ReplayRange): Promise<ReplayStep> {
    const { rows } = await this.#database.execute({
      text: this.#copy,
      values: [...filterValues(filter), range.afterPosition, range.limit, range.untilPosition ?? null],
    });
    const copied = Number(rows[0]?.copied ?? 0);
    const untilPosition = Number(rows[0]?.until);
    return { copied, nextPosition: copied < range.limit ? null : Number(rows[0]?.last), untilPosition };
  }
}

function filterValues({ from, to, types, keys }: ReplayFilter): unknown[] {
  return [from, to, types ?? null, keys ?? null];
}

/** Copies keep their order per key: they are drawn in order of their old positions, under the keys' locks. */
function copyStatement(tables: OutboxTables, seed: number): string {
  return (
    `with bound as materialized (select coalesce($7::bigint, last_value) as position from ${tables.sequence}), ` +
    `input as materialized (select e.*, e.position as ordinal, l.destination from ${tables.log} e ` +
    `join ${tables.lane} l using (lane) where ${MATCHING.replaceAll('created_at', 'e.created_at')} and e.position > $5 ` +
    'and e.position <= (select position from bound) order by e.position limit $6), ' +
    `${lockedKeys('input', seed)}, copied as (${insertRows(tables, 'input')}) ` +
    'select count(*) as copied, max(ordinal) as last, (select position from bound) as until from input'
  );
}
