import { encodeAttributes } from '@holdfast/core';
import type { SqlStatement, TableNames } from '@holdfast/sql';
import { TEXT_AFTER_NUMBER, textBeforeNumber } from '../rows/text-before-number.ts';
import type { LogRecord } from '../store/log-record.ts';
import { lockSeed, type OutboxTables, outboxTables } from './outbox-tables.ts';

/**
 * The statements that write messages. What makes position order commit order for a key is the lock: whoever draws a
 * position of a key holds its lock until the transaction has ended, and takes it before the position is drawn (the
 * materialized CTE is read to its end before the insert evaluates the defaults of a row).
 */
export class AppendStatements {
  readonly #one: Named;
  readonly #oneKeyed: Named;
  readonly #many: Named;
  readonly #manyWithDelays: string;
  readonly #numbered: string;

  constructor(names: TableNames, options: { readonly prepared: boolean }) {
    const tables = outboxTables(names);
    const seed = lockSeed(names);
    const name = (what: string) => (options.prepared ? { name: `${names.prefix}_${seed.toString(36)}_${what}` } : {});
    this.#one = { text: insertOne(tables, null), ...name('append') };
    this.#oneKeyed = { text: insertOne(tables, seed), ...name('append_keyed') };
    this.#many = {
      text: `with ${input}, ${lockedKeys('input', seed)} ${insertRows(tables, 'input')}`,
      ...name('append_many'),
    };
    this.#manyWithDelays =
      `with ${input}, undelayed as (select * from input where delay_ms = 0), ` +
      `${lockedKeys('undelayed', seed)}, ${insertDelayed(tables, 'input')} ${insertRows(tables, 'undelayed')}`;
    this.#numbered = insertNumbered(tables, seed);
  }

  /** One statement for all records. */
  for(records: readonly LogRecord[]): SqlStatement {
    if (records.some(({ stream }) => stream !== undefined)) {
      return { text: this.#numbered, values: [...columns(records), records.map(({ stream }) => stream ?? null)] };
    }
    const [only] = records;
    if (only !== undefined && records.length === 1 && only.delayMs === 0) return this.#single(only);
    const values = columns(records);
    const delayed = records.some((record) => record.delayMs > 0);
    return delayed ? { text: this.#manyWithDelays, values } : { ...this.#many, values };
  }

  #single({ envelope, destination }: LogRecord): SqlStatement {
    const { id, source, type, key, attributes, body } = envelope;
    const values = [destination, id, source, type, encodeAttributes(attributes), body];
    return key === null ? { ...this.#one, values } : { ...this.#oneKeyed, values: [...values, key] };
  }
}

interface Named {
  readonly text: string;
  readonly name?: string;
}

/** Which lane and partition a message belongs to, from its destination's row `d`. */
const SLOT = 'extract(epoch from now())::bigint / d.rotation_seconds % 3';
const lane = (row: string) =>
  `d.first_lane + (hashtextextended(coalesce(${row}.key, ${row}.id), 0) & 2147483647) % d.lanes`;

/** Inserts from `source` in order of `ordinal`; a destination without a row makes slot null, which no partition takes. */
export function insertRows(tables: OutboxTables, source: string): string {
  return (
    `insert into ${tables.log} (slot, lane, key, id, source, type, attributes, body) ` +
    `select ${SLOT}, ${lane('i')}, i.key, i.id, i.source, i.type, i.attributes, i.body ` +
    `from ${source} i left join ${tables.destination} d on d.name = i.destination ` +
    'cross join (select count(*) from locked) l order by i.ordinal'
  );
}

/** Takes the commit-order locks of the keys in `source`, always in the same order, so that senders do not deadlock. */
export function lockedKeys(source: string, seed: number): string {
  return (
    'locked as materialized (select pg_advisory_xact_lock(k.hash) from (' +
    `select distinct hashtextextended(key, ${seed}) as hash from ${source} where key is not null order by 1 offset 0) k)`
  );
}

function insertOne(tables: OutboxTables, seed: number | null): string {
  const key = seed === null ? 'null::text' : '$7::text';
  const locked =
    seed === null ? '' : `with locked as materialized (select pg_advisory_xact_lock(hashtextextended($7, ${seed}))) `;
  return (
    `${locked}insert into ${tables.log} (slot, lane, key, id, source, type, attributes, body) ` +
    `select ${SLOT}, ${lane('i')}, i.key, i.id, $3, $4, $5, $6 ` +
    `from (select ${key} as key, $2::text as id) i left join ${tables.destination} d on d.name = $1` +
    (seed === null ? '' : ' cross join (select count(*) from locked) l')
  );
}

// Bodies travel as one byte string with lengths: an array of bytea would be written and parsed as hexadecimal text.
const inputWith = (more: { readonly arrays: string; readonly columns: string }) =>
  'input as materialized (select r.*, substr($6::bytea, r.starts, r.length) as body from unnest(' +
  `$1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $7::int[], $8::int[], $9::bigint[], $10::text[]${more.arrays}) ` +
  `with ordinality as r(destination, id, source, type, attributes, starts, length, delay_ms, key${more.columns}, ordinal))`;
const input = inputWith({ arrays: '', columns: '' });

/**
 * Draws the numbers while it holds the locks of the keys, and no number before it has them all: two senders of the same keys
 * never wait for each other's rows in turn. A row that another transaction has changed since the statement began is read
 * anew by the conflict clause.
 */
function insertNumbered(tables: OutboxTables, seed: number): string {
  const rows = 'partition by source, stream, key';
  return (
    `with ${inputWith({ arrays: ', $11::text[]', columns: ', stream' })}, ` +
    'undelayed_or_numbered as (select * from input where delay_ms = 0 or stream is not null), ' +
    `${lockedKeys('undelayed_or_numbered', seed)}, ` +
    `drawn as (insert into ${tables.numbers} as n (source, stream, key, last) ` +
    'select i.source, i.stream, i.key, count(*) from input i cross join (select count(*) from locked) l ' +
    'where i.stream is not null group by i.source, i.stream, i.key order by i.source, i.stream, i.key ' +
    'on conflict (source, stream, key) do update set last = n.last + excluded.last ' +
    'returning n.source, n.stream, n.key, n.last), ' +
    'ranked as (select *, ' +
    `count(*) over (${rows}) - row_number() over (${rows} order by ordinal) as behind from input), ` +
    'numbered as materialized (select r.destination, r.id, r.source, r.type, r.body, r.delay_ms, r.key, r.ordinal, ' +
    `case when r.stream is null then r.attributes else r.attributes || (d.last - r.behind) || '${TEXT_AFTER_NUMBER}' end as attributes ` +
    'from ranked r left join drawn d on d.source = r.source and d.stream = r.stream and d.key = r.key), ' +
    'undelayed as (select * from numbered where delay_ms = 0), ' +
    `${insertDelayed(tables, 'numbered')} ${insertRows(tables, 'undelayed')}`
  );
}

function insertDelayed(tables: OutboxTables, source: string): string {
  return (
    `delayed as (insert into ${tables.delayed} (due_at, destination, key, id, source, type, attributes, body) ` +
    "select clock_timestamp() + delay_ms * interval '1 ms', destination, key, id, source, type, attributes, body " +
    `from ${source} where delay_ms > 0 order by ordinal)`
  );
}

function columns(records: readonly LogRecord[]): unknown[] {
  const starts: number[] = [];
  let length = 0;
  for (const { envelope } of records) {
    starts.push(length + 1);
    length += envelope.body.byteLength;
  }
  return [
    records.map((record) => record.destination),
    records.map((record) => record.envelope.id),
    records.map((record) => record.envelope.source),
    records.map((record) => record.envelope.type),
    records.map(textBeforeNumber),
    Buffer.concat(
      records.map((record) => record.envelope.body),
      length,
    ),
    starts,
    records.map((record) => record.envelope.body.byteLength),
    records.map((record) => record.delayMs),
    records.map((record) => record.envelope.key),
  ];
}
