import type { SqlStatement } from '@holdfast/sql';
import { HISTORY_COLUMNS, historyValues } from '../rows/history-row.ts';
import { STORED_COLUMNS } from '../rows/saga-row.ts';
import type { SagaTables } from '../store/saga-tables.ts';
import type { SagaWrite } from '../store/saga-write.ts';
import type { PreparedNames } from './prepared-names.ts';

type Columns = readonly (readonly unknown[])[];

/** One part of the statement, which is left out when it has no rows. */
interface Part {
  /** For the statement's name. */
  readonly letter: string;
  /** Of its parameters, each an array. */
  readonly types: readonly string[];
  readonly sql: (unnested: string, tables: SagaTables) => string;
  readonly columns: (writes: readonly SagaWrite[]) => Columns;
}

const INSTANCE_TYPES = ['text', 'text', 'int', 'text', 'text', 'text', 'bigint', 'bigint', 'text', 'int', 'bigint'];
const HISTORY_TYPES = ['text', 'text', 'bigint', ...Array<string>(11).fill('text')];
const WRITTEN = 'exists (select from written w where w.saga = n.saga and w.key = n.key)';

/** Rows to insert. `n.keep_ms` tells when it is over; `c.at` is the time. */
function proposed(unnested: string, { instance }: SagaTables): string {
  return `insert into ${instance} as i (${STORED_COLUMNS}, started_at, changed_at, finished_at, purge_at)
  select ${STORED_COLUMNS.replaceAll(/\w+/g, 'n.$&')}, c.at, c.at, case when n.keep_ms is not null then c.at end, c.at + n.keep_ms * interval '1 ms'
  from ${unnested} as n (${STORED_COLUMNS}, keep_ms) cross join (select clock_timestamp() as at) c`;
}

function instanceColumns(writes: readonly SagaWrite[], version: (write: SagaWrite) => number): Columns {
  return [
    writes.map(({ saga }) => saga),
    writes.map(({ key }) => key),
    writes.map(({ definitionVersion }) => definitionVersion),
    writes.map(({ state }) => state),
    writes.map(({ kind }) => kind),
    writes.map(({ data }) => data),
    writes.map(version),
    writes.map(({ transitions }) => transitions),
    writes.map(({ correlationId }) => correlationId),
    writes.map(({ parked }) => parked),
    writes.map(({ keepMs }) => keepMs),
  ];
}

const inserted: Part = {
  letter: 'i',
  types: INSTANCE_TYPES,
  sql: (unnested, tables) =>
    `inserted as (${proposed(unnested, tables)} on conflict do nothing returning saga, key, version)`,
  columns: (writes) =>
    instanceColumns(
      writes.filter(({ expectedVersion }) => expectedVersion === null),
      ({ version }) => version,
    ),
};

/**
 * An insert that always meets its row finds it by the primary key, whatever the planner believes of the table. What is proposed as the
 * version is the expected one, negative: one that is inserted, because its row is gone, is told by it, and the transaction ends.
 */
export const MET_BY_KEY = `on conflict (saga, key) do update set
  definition_version = excluded.definition_version, state = excluded.state, kind = excluded.kind, data = excluded.data,
  version = i.version + 1, transitions = excluded.transitions, correlation_id = excluded.correlation_id, parked = excluded.parked,
  changed_at = case when i.transitions = excluded.transitions then i.changed_at else excluded.changed_at end,
  finished_at = case when excluded.finished_at is not null then coalesce(i.finished_at, excluded.finished_at) end,
  purge_at = excluded.purge_at
  where i.version = -excluded.version`;

const updated: Part = {
  letter: 'u',
  types: INSTANCE_TYPES,
  sql: (unnested, tables) => `updated as (${proposed(unnested, tables)} ${MET_BY_KEY} returning saga, key, version)`,
  columns: (writes) =>
    instanceColumns(
      writes.filter(({ expectedVersion }) => expectedVersion !== null),
      ({ expectedVersion }) => -(expectedVersion ?? 0),
    ),
};

const history: Part = {
  letter: 'h',
  types: HISTORY_TYPES,
  sql: (unnested, tables) => `history as (insert into ${tables.history} (saga, key, ${HISTORY_COLUMNS})
  select n.* from ${unnested} as n (saga, key, ${HISTORY_COLUMNS}) where ${WRITTEN})`,
  columns: (writes) =>
    transposed(
      HISTORY_TYPES.length,
      writes.flatMap(({ saga, key, history }) => history.map((entry) => [saga, key, ...historyValues(entry)])),
    ),
};

const scheduled: Part = {
  letter: 's',
  types: ['text', 'text', 'text', 'bigint', 'bigint'],
  sql: (unnested, tables) => `scheduled as (insert into ${tables.timer} (saga, key, timer, epoch, due_at)
  select n.saga, n.key, n.timer, n.epoch, clock_timestamp() + n.after_ms * interval '1 ms'
  from ${unnested} as n (saga, key, timer, epoch, after_ms) where ${WRITTEN}
  on conflict (saga, key, timer) do update set
  epoch = excluded.epoch, due_at = excluded.due_at, failures = 0, last_error = null)`,
  columns: (writes) =>
    transposed(
      5,
      writes.flatMap(({ saga, key, version, schedule }) =>
        schedule.map(({ timer, afterMs }) => [saga, key, timer, version, Math.round(afterMs)]),
      ),
    ),
};

/** By the key and not by the row's place: a timer that is put off meanwhile has another place. */
const cancelled: Part = {
  letter: 'c',
  types: ['text', 'text', 'text'],
  sql: (unnested, tables) => `cancelled as (delete from ${tables.timer} t using ${unnested} as n (saga, key, timer)
  where t.saga = n.saga and t.key = n.key and t.timer = n.timer)`,
  columns: (writes) =>
    transposed(
      3,
      writes.flatMap(({ saga, key, cancel, schedule }) => {
        // The parts do not see each other: a timer that is in both must not be removed by this one.
        const isSet = new Set(schedule.map(({ timer }) => timer));
        return cancel.filter((timer) => !isSet.has(timer)).map((timer) => [saga, key, timer]);
      }),
    ),
};

const parked: Part = {
  letter: 'p',
  types: Array<string>(6).fill('text'),
  sql: (unnested, tables) => `parked as (insert into ${tables.parked} (saga, key, source, id, type, message)
  select n.saga, n.key, n.source, n.id, n.type, n.message
  from ${unnested} with ordinality as n (saga, key, source, id, type, message, place) where ${WRITTEN} order by n.place
  on conflict (saga, key, source, id) do nothing)`,
  columns: (writes) =>
    transposed(
      6,
      writes.flatMap(({ saga, key, park }) =>
        park.map(({ source, id, type, message }) => [saga, key, source, id, type, message]),
      ),
    ),
};

const released: Part = {
  letter: 'r',
  types: Array<string>(4).fill('text'),
  sql: (unnested, tables) => `released as (delete from ${tables.parked} p using ${unnested} as n (saga, key, source, id)
  where p.saga = n.saga and p.key = n.key and p.source = n.source and p.id = n.id)`,
  columns: (writes) =>
    transposed(
      4,
      writes.flatMap(({ saga, key, release }) => release.map(({ source, id }) => [saga, key, source, id])),
    ),
};

const CHANGES: readonly Part[] = [history, scheduled, cancelled, parked, released];

/**
 * One statement for any number of writes. Its rows, `saga` and `key`, are the instances whose version was the expected one; the others
 * must end the transaction, or it fails by itself. Its text depends on which kinds of rows there are, not on how many.
 */
export class WriteStatements {
  readonly #tables: SagaTables;
  readonly #names: PreparedNames;
  readonly #texts = new Map<string, string>();

  constructor(tables: SagaTables, names: PreparedNames) {
    this.#tables = tables;
    this.#names = names;
  }

  /**
   * @param writes in lock order
   * @param options `fails`: with another version of one of them it ends in an error that {@link isOtherVersion} knows
   */
  write(writes: readonly SagaWrite[], { fails }: { readonly fails: boolean }): SqlStatement {
    const withColumns = (part: Part) => ({ part, columns: part.columns(writes) });
    const isNeeded = ({ columns }: { columns: Columns }) => (columns[0]?.length ?? 0) > 0;
    const instances = [inserted, updated].map(withColumns).filter(isNeeded);
    const changes = CHANGES.map(withColumns).filter(isNeeded);
    const all = [...instances, ...changes];
    const shape = `${all.map(({ part }) => part.letter).join('')}${fails ? 'f' : ''}`;
    const parts = all.map(({ part }) => part);
    return {
      text: this.#text(shape, parts, { instances: instances.length, fails }),
      values: all.flatMap(({ columns }) => columns),
      ...this.#names.of(`write_${shape}`),
    };
  }

  #text(
    shape: string,
    parts: readonly Part[],
    { instances, fails }: { readonly instances: number; readonly fails: boolean },
  ): string {
    const known = this.#texts.get(shape);
    if (known !== undefined) return known;
    let parameters = 0;
    const counts: string[] = [];
    const queries = parts.map(({ types, sql }, index) => {
      if (index < instances) counts.push(`cardinality($${parameters + 1}::text[])`);
      const unnested = `unnest(${types.map((type) => `$${++parameters}::${type}[]`).join(', ')})`;
      return sql(unnested, this.#tables);
    });
    const sources = parts.slice(0, instances).map(({ letter }) => (letter === 'i' ? 'inserted' : 'updated'));
    const written = sources.map((source) => `select saga, key from ${source} where version > 0`).join(' union all ');
    queries.splice(instances, 0, `written as (${written})`);
    const last = fails
      ? `insert into ${this.#tables.history} (saga) select null where (select count(*) from written) <> ${counts.join(' + ')}`
      : 'select saga, key from written';
    const text = `with ${queries.join(',\n')}\n${last}`;
    this.#texts.set(shape, text);
    return text;
  }
}

function transposed(width: number, rows: readonly (readonly unknown[])[]): Columns {
  return Array.from({ length: width }, (_, column) => rows.map((row) => row[column]));
}
