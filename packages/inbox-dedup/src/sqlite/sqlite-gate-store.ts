import { SQLITE_NOW, type SqlExecutor, type TableNames } from '@holdfast/sql';
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

const THIS = 'consumer = ?1 and source = ?2 and stream = ?3 and key = ?4';
const SAME = 'p.consumer = s.consumer and p.source = s.source and p.stream = s.stream and p.key = s.key';
const NEXT_OF = `${SAME} and p.number = s.applied + 1`;

/** Sequences and parked messages on SQLite, where one transaction writes at a time: a sequence needs no lock of its own. */
export class SqliteGateStore implements GateStore {
  readonly #tables: InboxTables;

  constructor(names: TableNames) {
    this.#tables = inboxTables(names);
  }

  async lock(executor: SqlExecutor, sequence: Sequence, begin: bigint | null): Promise<SequenceState | null> {
    const known = await executor.execute({
      text: `select applied, parked from ${this.#tables.sequence} where ${THIS}`,
      values: sequenceValues(sequence),
    });
    if (known.rows[0] !== undefined) return sequenceStateOf(known.rows[0]);
    if (begin === null) return null;
    const begun = await executor.execute({
      text:
        `insert into ${this.#tables.sequence} (consumer, source, stream, key, applied) values (?1, ?2, ?3, ?4, ?5) ` +
        'on conflict do update set applied = applied returning applied, parked',
      values: [...sequenceValues(sequence), begin],
    });
    return begun.rows[0] === undefined ? null : sequenceStateOf(begun.rows[0]);
  }

  async advance(executor: SqlExecutor, sequence: Sequence, number: bigint): Promise<void> {
    const values = [...sequenceValues(sequence), number];
    const gone = await executor.execute({
      text: `delete from ${this.#tables.parked} where ${THIS} and number <= ?5`,
      values,
    });
    await executor.execute({
      text: `update ${this.#tables.sequence} set applied = ?5, parked = parked - ?6 where ${THIS}`,
      values: [...values, BigInt(gone.rowCount)],
    });
  }

  async park(executor: SqlExecutor, message: GatedMessage): Promise<void> {
    const { sequence, parked } = this.#tables;
    const { number } = message;
    await executor.execute({
      text: `update ${sequence} set parked = parked + 1 where ${THIS} and not exists (
  select 1 from ${parked} where ${THIS} and number = ?5)`,
      values: [...sequenceValues(message.sequence), number],
    });
    await executor.execute({
      text: `insert into ${parked} (${PARKED_COLUMNS})
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ${SQLITE_NOW} + ?15)
on conflict (consumer, source, stream, key, number) do update set
  id = excluded.id, type = excluded.type, attributes = excluded.attributes, body = excluded.body, digest = excluded.digest,
  role = excluded.role, reason = excluded.reason, tries = excluded.tries, replacement = excluded.replacement,
  retry_at = excluded.retry_at`,
      values: parkedValues(message),
    });
  }

  async parked(executor: SqlExecutor, sequence: Sequence, number: bigint): Promise<ParkedMessage | null> {
    const { rows } = await executor.execute({
      text: `select number, id, type, attributes, body, digest, role, reason, tries, replacement,
coalesce(retry_at > ${SQLITE_NOW}, 0) as waits from ${this.#tables.parked} where ${THIS} and number = ?5`,
      values: [...sequenceValues(sequence), number],
    });
    return rows[0] === undefined ? null : parkedMessageOf(rows[0], sequence);
  }

  async blocked(executor: SqlExecutor, { consumer, limit }: BlockedQuery): Promise<readonly BlockedKey[]> {
    const { sequence, parked } = this.#tables;
    const all = (what: string) => `(select ${what} from ${parked} p where ${SAME})`;
    const { rows } = await executor.execute({
      text: `select s.consumer, s.source, s.stream, s.key, s.applied + 1 as next, p.id, p.type, p.reason,
case when p.role is null then 'missing' when p.role = 'failed' then 'failed' else 'retrying' end as cause,
s.parked - (p.role is not null) as waiting, coalesce(${all('min(number) filter (where number > s.applied + 1)')}, s.applied + 1) as first,
max(${all('max(number)')}, s.applied + 1) as last, ${all('min(parked_at)')} as since
from ${sequence} s left join ${parked} p on ${NEXT_OF}
where s.consumer = ?1 and s.parked > 0 and (p.role is not 'early' or p.tries > 0)
order by since, s.source, s.stream, s.key limit ?2`,
      values: [consumer, BigInt(limit)],
    });
    return rows.map(blockedKeyOf);
  }

  async ready(executor: SqlExecutor, query: ReadyQuery): Promise<readonly SequencePosition[]> {
    const { sequence, parked } = this.#tables;
    const { rows } = await executor.execute({
      text: `select s.consumer, s.source, s.stream, s.key, s.applied + 1 as next
from ${sequence} s join ${parked} p on ${NEXT_OF}
where s.consumer = ?1 and s.parked > 0 and p.role = 'early' and (p.retry_at is null or p.retry_at <= ${SQLITE_NOW})
and (s.stream in (select value from json_each(?2)) or p.type in (select value from json_each(?3)))
order by coalesce(p.retry_at, p.parked_at), s.source, s.stream, s.key limit ?4`,
      values: [query.consumer, JSON.stringify(query.streams), JSON.stringify(query.types), BigInt(query.limit)],
    });
    return rows.map(positionOf);
  }
}
