import type { SqlExecutor, SqlResult, TableNames } from '@holdfast/sql';
import {
  blockedKeyOf,
  PARKED_COLUMNS,
  parkedMessageOf,
  parkedValues,
  positionOf,
  sequenceStateOf,
  sequenceValues,
} from '../rows/parked-row.ts';
import type {
  BlockedKey,
  BlockedQuery,
  GatedMessage,
  GateStore,
  ParkedMessage,
  ReadyQuery,
  Sequence,
  SequencePosition,
  SequenceState,
} from '../store/gate-store.ts';
import { type InboxTables, inboxTables } from '../store/inbox-tables.ts';

const THIS = '(consumer, source, stream, key) = ($1, $2, $3, $4)';
const NEXT_OF =
  'p.consumer = s.consumer and p.source = s.source and p.stream = s.stream and p.key = s.key and p.number = s.applied + 1';

/** Sequences and parked messages on PostgreSQL. A sequence is locked by the lock of its row. */
export class PostgresGateStore implements GateStore {
  readonly #tables: InboxTables;

  constructor(names: TableNames) {
    this.#tables = inboxTables(names);
  }

  async lock(executor: SqlExecutor, sequence: Sequence, begin: bigint | null): Promise<SequenceState | null> {
    const known = await this.#lockKnown(executor, sequence);
    if (known !== null || begin === null) return known;
    // Waits for another transaction that begins the same sequence, and does nothing when that one commits.
    const { rows } = await executor.execute({
      text:
        `insert into ${this.#tables.sequence} (consumer, source, stream, key, applied) values ($1, $2, $3, $4, $5) ` +
        'on conflict do nothing returning applied, parked',
      values: [...sequenceValues(sequence), begin],
    });
    return rows[0] === undefined ? this.#lockKnown(executor, sequence) : sequenceStateOf(rows[0]);
  }

  async advance(executor: SqlExecutor, sequence: Sequence, number: bigint): Promise<void> {
    await executor.execute({
      text:
        `with gone as (delete from ${this.#tables.parked} where ${THIS} and number <= $5 returning 1) ` +
        `update ${this.#tables.sequence} set applied = $5, parked = parked - (select count(*) from gone) where ${THIS}`,
      values: [...sequenceValues(sequence), number],
    });
  }

  async park(executor: SqlExecutor, message: GatedMessage): Promise<void> {
    const { sequence, parked } = this.#tables;
    await executor.execute({
      text: `with before as (select count(*) as n from ${parked} where ${THIS} and number = $5),
kept as (
  insert into ${parked} (${PARKED_COLUMNS})
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14::int = 1, clock_timestamp() + $15::bigint * interval '1 ms')
  on conflict (consumer, source, stream, key, number) do update set
    id = excluded.id, type = excluded.type, attributes = excluded.attributes, body = excluded.body, digest = excluded.digest,
    role = excluded.role, reason = excluded.reason, tries = excluded.tries, replacement = excluded.replacement,
    retry_at = excluded.retry_at
)
update ${sequence} set parked = parked + 1 - (select n from before) where ${THIS}`,
      values: parkedValues(message),
    });
  }

  async parked(executor: SqlExecutor, sequence: Sequence, number: bigint): Promise<ParkedMessage | null> {
    const { rows } = await executor.execute({
      text: `select number, id, type, attributes, body, digest, role, reason, tries, replacement::int as replacement,
coalesce(retry_at > clock_timestamp(), false)::int as waits from ${this.#tables.parked} where ${THIS} and number = $5`,
      values: [...sequenceValues(sequence), number],
    });
    return rows[0] === undefined ? null : parkedMessageOf(rows[0], sequence);
  }

  async blocked(executor: SqlExecutor, { consumer, limit }: BlockedQuery): Promise<readonly BlockedKey[]> {
    const { sequence, parked } = this.#tables;
    const { rows } = await executor.execute({
      text: `select s.consumer, s.source, s.stream, s.key, s.applied + 1 as next, p.id, p.type, p.reason,
case when p.role is null then 'missing' when p.role = 'failed' then 'failed' else 'retrying' end as cause,
s.parked - (p.role is not null)::int as waiting, coalesce(w.first, s.applied + 1) as first, greatest(w.last, s.applied + 1) as last,
floor(extract(epoch from w.since) * 1000)::bigint as since
from ${sequence} s left join ${parked} p on ${NEXT_OF}
cross join lateral (
  select min(number) filter (where number > s.applied + 1) as first, max(number) as last, min(parked_at) as since from ${parked} w
  where w.consumer = s.consumer and w.source = s.source and w.stream = s.stream and w.key = s.key
) w
where s.consumer = $1 and s.parked > 0 and (p.role is distinct from 'early' or p.tries > 0)
order by w.since, s.source, s.stream, s.key limit $2`,
      values: [consumer, limit],
    });
    return rows.map(blockedKeyOf);
  }

  /** Leaves out sequences that are locked: somebody is at work on them, maybe for long, and the others must not wait. */
  async ready(executor: SqlExecutor, query: ReadyQuery): Promise<readonly SequencePosition[]> {
    const { sequence, parked } = this.#tables;
    const { rows } = await executor.execute({
      text: `select s.consumer, s.source, s.stream, s.key, s.applied + 1 as next
from ${sequence} s join ${parked} p on ${NEXT_OF}
where s.consumer = $1 and s.parked > 0 and p.role = 'early' and (p.retry_at is null or p.retry_at <= clock_timestamp())
and (s.stream = any($2) or p.type = any($3))
order by coalesce(p.retry_at, p.parked_at), s.source, s.stream, s.key limit $4 for key share of s skip locked`,
      values: [query.consumer, query.streams, query.types, query.limit],
    });
    return rows.map(positionOf);
  }

  async #lockKnown(executor: SqlExecutor, sequence: Sequence): Promise<SequenceState | null> {
    const { rows }: SqlResult = await executor.execute({
      text: `select applied, parked from ${this.#tables.sequence} where ${THIS} for update`,
      values: sequenceValues(sequence),
    });
    return rows[0] === undefined ? null : sequenceStateOf(rows[0]);
  }
}
