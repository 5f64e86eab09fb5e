import type { SqlExecutor, TableNames } from '@holdfast/sql';
import { attemptStartedOf, attemptsOf } from '../rows/attempt-row.ts';
import type { AttemptFailure, AttemptStart, AttemptStarted, AttemptStore, Attempts } from '../store/attempt-store.ts';
import { inboxTables } from '../store/inbox-tables.ts';
import type { MessageIdentity } from '../store/message-identity.ts';

const epochMs = (column: string) => `floor(extract(epoch from ${column}) * 1000)::bigint as ${column}`;

const COLUMNS =
  'consumer, source, id, type, unfinished, failures, last_error, ' +
  `${epochMs('first_at')}, ${epochMs('last_at')}, ${epochMs('quarantined_at')}`;

/** Attempts on PostgreSQL, one statement for each call. */
export class PostgresAttemptStore implements AttemptStore {
  readonly #table: string;
  readonly #start: string;

  constructor(names: TableNames) {
    this.#table = inboxTables(names).attempt;
    this.#start = startStatement(this.#table);
  }

  async start(executor: SqlExecutor, request: AttemptStart): Promise<AttemptStarted> {
    const { consumer, source, id, type, maxUnfinished, earlierStarts, alone } = request;
    const values = [consumer, source, id, type, maxUnfinished, earlierStarts, alone];
    const { rows } = await executor.execute({ text: this.#start, values });
    return attemptStartedOf(rows[0]);
  }

  async fail(executor: SqlExecutor, failure: AttemptFailure): Promise<void> {
    const { consumer, source, id, type, error, started, counts } = failure;
    await executor.execute({
      text: `insert into ${this.#table} as a (consumer, source, id, type, unfinished, failures, last_error)
values ($1, $2, $3, $4, 0, $6::int, $5)
on conflict (consumer, source, id) do update set
  unfinished = greatest(0, a.unfinished - $7::int),
  failures = a.failures + $6::int,
  last_error = $5,
  last_at = clock_timestamp()`,
      values: [consumer, source, id, type, error, counts ? 1 : 0, started ? 1 : 0],
    });
  }

  async clear(executor: SqlExecutor, identities: readonly MessageIdentity[]): Promise<number> {
    if (identities.length === 0) return 0;
    const { rowCount } = await executor.execute({
      text: `delete from ${this.#table} where (consumer, source, id) in (select * from unnest($1::text[], $2::text[], $3::text[]))`,
      values: [
        identities.map(({ consumer }) => consumer),
        identities.map(({ source }) => source),
        identities.map(({ id }) => id),
      ],
    });
    return rowCount;
  }

  async quarantined(
    executor: SqlExecutor,
    { consumer, limit }: { readonly consumer: string; readonly limit: number },
  ): Promise<readonly Attempts[]> {
    const { rows } = await executor.execute({
      text: `select ${COLUMNS} from ${this.#table} a
where consumer = $1 and a.quarantined_at is not null order by a.quarantined_at, source, id limit $2`,
      values: [consumer, limit],
    });
    return rows.map(attemptsOf);
  }
}

/**
 * `$5` is the most unfinished starts, `$6` how many came before the first row, `$7` whether the message is alone. When it
 * changes nothing and returns nothing, this would be the last try of a message that is not alone. Later deliveries of a
 * quarantined message move `last_at` away from `quarantined_at`, which tells them from the one that quarantined it.
 */
function startStatement(table: string): string {
  return `insert into ${table} as a (consumer, source, id, type, unfinished, first_at, last_at, quarantined_at)
select $1, $2, $3, $4, case when $6::int >= $5::int then $6::int else $6::int + 1 end, now(), now(), case when $6::int >= $5::int then now() end
where $7::bool or $6::int >= $5::int or $6::int + 1 < $5::int
on conflict (consumer, source, id) do update set
  type = excluded.type,
  unfinished = a.unfinished + case when a.quarantined_at is null and a.unfinished < $5::int then 1 else 0 end,
  quarantined_at = case when a.quarantined_at is null and a.unfinished >= $5::int then now() else a.quarantined_at end,
  last_at = greatest(now(), a.quarantined_at + interval '1 microsecond')
where $7::bool or a.quarantined_at is not null or a.unfinished >= $5::int or a.unfinished + 1 < $5::int
returning ${COLUMNS}, (a.last_at = a.quarantined_at)::int as is_new`;
}
