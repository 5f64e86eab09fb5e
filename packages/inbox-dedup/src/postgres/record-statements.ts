import { createHash } from 'node:crypto';
import { IN_MARKED_TRANSACTION, type SqlStatement, type TableNames } from '@holdfast/sql';
import { inboxTables } from '../store/inbox-tables.ts';
import type { MessageIdentity } from '../store/message-identity.ts';
import type { RecordEntry } from '../store/record-store.ts';

interface Prepared {
  readonly text: string;
  readonly name?: string;
}

/** The statements of records on PostgreSQL, for one entry and for many. Parameters do not depend on how many. */
export class RecordStatements {
  readonly #insertOne: Prepared;
  readonly #insertMany: Prepared;
  readonly #insertOneMarked: Prepared;
  readonly #insertManyMarked: Prepared;
  readonly #lookOne: Prepared;
  readonly #lookMany: Prepared;
  readonly #remove: Prepared;

  constructor(names: TableNames, options: { readonly prepared: boolean }) {
    const { record } = inboxTables(names);
    // Two inboxes with tables of their own may share a connection.
    const unique = createHash('sha256').update(record).digest('hex').slice(0, 8);
    const name = (what: string) => (options.prepared ? { name: `${names.prefix}_${unique}_${what}` } : {});
    this.#insertOne = {
      text: `insert into ${record} (consumer, source, id, digest) values ($1, $2, $3, $4) on conflict do nothing`,
      ...name('record'),
    };
    this.#insertMany = {
      text: `insert into ${record} (consumer, source, id, digest)
select * from unnest($1::text[], $2::text[], $3::text[], $4::bytea[])
on conflict do nothing returning consumer, source, id`,
      ...name('records'),
    };
    this.#insertOneMarked = {
      text: `insert into ${record} (consumer, source, id, digest)
select $1::text, $2::text, $3::text, $4::bytea where ${IN_MARKED_TRANSACTION} on conflict do nothing`,
      ...name('record_marked'),
    };
    this.#insertManyMarked = {
      text: `insert into ${record} (consumer, source, id, digest)
select * from unnest($1::text[], $2::text[], $3::text[], $4::bytea[]) where ${IN_MARKED_TRANSACTION}
on conflict do nothing returning consumer, source, id`,
      ...name('records_marked'),
    };
    this.#lookOne = {
      text: `select 1 as entry, digest from ${record} where consumer = $1 and source = $2 and id = $3`,
      ...name('look'),
    };
    this.#lookMany = { text: lookMany(record), ...name('looks') };
    this.#remove = { text: `delete from ${record} where consumer = $1 and source = $2 and id = $3` };
  }

  /**
   * Inserts what is not there; in a marked transaction nothing outside of it, where a record alone would lose the message. Its rows, with more than one entry, and its row count tell what was inserted.
   */
  insert(entries: readonly RecordEntry[], isMarked: boolean): SqlStatement {
    const [only] = entries;
    if (only === undefined || entries.length > 1) {
      const many = isMarked ? this.#insertManyMarked : this.#insertMany;
      return { ...many, values: [...columns(entries), entries.map(({ digest }) => digest)] };
    }
    return {
      ...(isMarked ? this.#insertOneMarked : this.#insertOne),
      values: [only.consumer, only.source, only.id, only.digest],
    };
  }

  /** Rows `entry`, counted from 1, and `digest`, of those that are there. */
  look(entries: readonly MessageIdentity[]): SqlStatement {
    const [only] = entries;
    if (only === undefined || entries.length > 1) return { ...this.#lookMany, values: columns(entries) };
    return { ...this.#lookOne, values: [only.consumer, only.source, only.id] };
  }

  remove({ consumer, source, id }: MessageIdentity): SqlStatement {
    return { ...this.#remove, values: [consumer, source, id] };
  }
}

function columns(identities: readonly MessageIdentity[]): (readonly string[])[] {
  return [
    identities.map(({ consumer }) => consumer),
    identities.map(({ source }) => source),
    identities.map(({ id }) => id),
  ];
}

/** By `limit`, each entry is found by the primary key, however many records the planner believes there are. */
function lookMany(record: string): string {
  return `select e.entry, r.digest
from unnest($1::text[], $2::text[], $3::text[]) with ordinality as e (consumer, source, id, entry)
cross join lateral (
  select digest from ${record} r where r.consumer = e.consumer and r.source = e.source and r.id = e.id limit 1
) r`;
}
