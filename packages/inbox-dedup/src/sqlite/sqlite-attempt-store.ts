import { SQLITE_NOW, type SqlExecutor, type TableNames } from '@holdfast/sql';
import { attemptStartedOf, attemptsOf } from '../rows/attempt-row.ts';
import type { AttemptFailure, AttemptStart, AttemptStarted, AttemptStore, Attempts } from '../store/attempt-store.ts';
import { inboxTables } from '../store/inbox-tables.ts';
import type { MessageIdentity } from '../store/message-identity.ts';

/** SQLite takes a bounded number of parameters. */
const CLEAR_CHUNK = 1_000;

/** Attempts on SQLite, one statement for each call. */
export class SqliteAttemptStore implements AttemptStore {
  readonly #table: string;
  readonly #start: string;

  constructor(names: TableNames) {
    this.#table = inboxTables(names).attempt;
    this.#start = startStatement(this.#table);
  }

  async start(executor: SqlExecutor, request: AttemptStart): Promise<AttemptStarted> {
    const { consumer, source, id, type, maxUnfinished, earlierStarts, alone } = request;
    const values = [consumer, source, id, type, BigInt(maxUnfinished), BigInt(earlierStarts), alone ? 1n : 0n];
    const { rows } = await executor.execute({ text: this.#start, values });
    return attemptStartedOf(rows[0]);
  }

  async fail(executor: SqlExecutor, failure: AttemptFailure): Promise<void> {
    const { consumer, source, id, type, error, started, counts } = failure;
    await executor.execute({
      text: `insert into ${this.#table} as a (consumer, source, id, type, unfinished, failures, last_error)
values (?1, ?2, ?3, ?4, 0, ?6, ?5)
on conflict (consumer, source, id) do update set
  unfinished = max(0, a.unfinished - ?7),
  failures = a.failures + ?6,
  last_error = ?5,
  last_at = ${SQLITE_NOW}`,
      values: [consumer, source, id, type, error, counts ? 1n : 0n, started ? 1n : 0n],
    });
  }

  async clear(executor: SqlExecutor, identities: readonly MessageIdentity[]): Promise<number> {
    let cleared = 0;
    for (let from = 0; from < identities.length; from += CLEAR_CHUNK) {
      const chunk = identities.slice(from, from + CLEAR_CHUNK);
      const { rowCount } = await executor.execute({
        text: `delete from ${this.#table} where (consumer, source, id) in (values ${chunk.map(placeholders).join(', ')})`,
        values: chunk.flatMap(({ consumer, source, id }) => [consumer, source, id]),
      });
      cleared += rowCount;
    }
    return cleared;
  }

  async quarantined(
    executor: SqlExecutor,
    { consumer, limit }: { readonly consumer: string; readonly limit: number },
  ): Promise<readonly Attempts[]> {
    const { rows } = await executor.execute({
      text: `select * from ${this.#table} where consumer = ?1 and quarantined_at is not null order by quarantined_at, source, id limit ?2`,
      values: [consumer, BigInt(limit)],
    });
    return rows.map(attemptsOf);
  }
}

function placeholders(_: unknown, row: number): string {
  return `(?${3 * row + 1}, ?${3 * row + 2}, ?${3 * row + 3})`;
}

/** The same as on PostgreSQL; its parameters too. */
function startStatement(table: string): string {
  return `insert into ${table} as a (consumer, source, id, type, unfinished, first_at, last_at, quarantined_at)
select ?1, ?2, ?3, ?4, case when ?6 >= ?5 then ?6 else ?6 + 1 end, ${SQLITE_NOW}, ${SQLITE_NOW}, case when ?6 >= ?5 then ${SQLITE_NOW} end
where ?7 or ?6 >= ?5 or ?6 + 1 < ?5
on conflict (consumer, source, id) do update set
  type = excluded.type,
  unfinished = a.unfinished + case when a.quarantined_at is null and a.unfinished < ?5 then 1 else 0 end,
  quarantined_at = case when a.quarantined_at is null and a.unfinished >= ?5 then ${SQLITE_NOW} else a.quarantined_at end,
  last_at = max(${SQLITE_NOW}, coalesce(a.quarantined_at + 1, 0))
where ?7 or a.quarantined_at is not null or a.unfinished >= ?5 or a.unfinished + 1 < ?5
returning *, last_at is quarantined_at as is_new`;
}
