import type { SqliteDatabase, SyncSqlExecutor, TableNames } from '@holdfast/sql';
import type { ReplayFilter, ReplayPreview, ReplayRange, ReplayStep, ReplayStore } from '../store/replay-store.ts';
import { AppendStatements } from './append-statements.ts';
import { type OutboxTables, outboxTables } from './outbox-tables.ts';
import { recordOf } from './record-row.ts';

/**
 * Replay on SQLite: reads what retention has kept and appends it again. Both calls walk the retained log on the calling
 * thread; {@link copy} continues where the last call stopped, so a whole replay walks it once.
 */
export class SqliteReplayStore implements ReplayStore {
  readonly #database: SqliteDatabase;
  readonly #tables: OutboxTables;
  readonly #append: AppendStatements;

  constructor(database: SqliteDatabase, names: TableNames) {
    this.#database = database;
    this.#tables = outboxTables(names);
    this.#append = new AppendStatements(names);
  }

  async preview(filter: ReplayFilter): Promise<ReplayPreview> {
    const { text, values } = matching(filter);
    const { rows } = this.#database.executeSync({
      text: `select type, count(*) as messages, sum(length(body)) as bytes from ${this.#tables.log} e where ${text} group by type`,
      values,
    });
    const oldest = this.#database.executeSync({
      text: `select min(created_at) as since from ${this.#tables.log}`,
      values: [],
    });
    const since = oldest.rows[0]?.since ?? null;
    return {
      messages: rows.reduce((sum, row) => sum + Number(row.messages), 0),
      bytes: rows.reduce((sum, row) => sum + Number(row.bytes), 0),
      byType: Object.fromEntries(rows.map((row) => [row.type as string, Number(row.messages)])),
      retainedSince: since === null ? null : Number(since),
    };
  }

  async copy(filter: ReplayFilter, { afterPosition, limit, ...range }: ReplayRange): Promise<ReplayStep> {
    const { text, values } = matching(filter);
    const after = values.length + 1;
    return this.#database.transaction((tx) => {
      const untilPosition = range.untilPosition ?? this.#lastPosition(tx);
      const { rows } = tx.executeSync({
        text:
          `select e.*, l.destination from ${this.#tables.log} e join ${this.#tables.lane} l on l.lane = e.lane ` +
          `where ${text} and e.position > ?${after} and e.position <= ?${after + 1} order by e.position limit ?${after + 2}`,
        values: [...values, afterPosition, untilPosition, limit],
      });
      for (const statement of this.#append.for(rows.map(recordOf))) tx.executeSync(statement);
      const last = rows.at(-1);
      return {
        copied: rows.length,
        nextPosition: last === undefined || rows.length < limit ? null : Number(last.position),
        untilPosition,
      };
    });
  }

  #lastPosition(tx: SyncSqlExecutor): number {
    const { rows } = tx.executeSync({ text: `select max(position) as last from ${this.#tables.log}`, values: [] });
    return Number(rows[0]?.last ?? 0);
  }
}

/** What a filter asks of an entry `e`. */
function matching({ from, to, types, keys }: ReplayFilter): { readonly text: string; readonly values: unknown[] } {
  const values: unknown[] = [from, to];
  const oneOf = (column: string, wanted: readonly string[] | undefined) => {
    if (wanted === undefined) return '';
    const placeholders = wanted.map((value) => `?${values.push(value)}`);
    return ` and ${column} in (${placeholders.join(', ')})`;
  };
  const text = `e.created_at >= ?1 and e.created_at < ?2${oneOf('e.type', types)}${oneOf('e.key', keys)}`;
  return { text, values };
}
