import { CLOCK, type RealSession } from './real-session.ts';

const COPIES = 'holdfast_testkit_copies';

const tablesQuery = `
select format('%I.%I', n.nspname, c.relname) as name, format('%I.%I', '${COPIES}', 't' || c.oid) as copy,
  (select string_agg(quote_ident(attname), ', ' order by attnum) from pg_catalog.pg_attribute
   where attrelid = c.oid and attnum > 0 and not attisdropped and attgenerated = '') as columns
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema', '${COPIES}') and n.nspname !~ '^pg_' order by 1`;

const sequencesQuery = `
select format('%I.%I', schemaname, sequencename) as name, coalesce(last_value, start_value) as value, last_value is not null as called
from pg_catalog.pg_sequences where format('%I.%I', schemaname, sequencename) <> '${CLOCK}'`;

/** The content of a database, kept in it, and the one script that puts it back. */
export class DatabaseSnapshot {
  readonly #reset: string;

  private constructor(reset: string) {
    this.#reset = reset;
  }

  static async take(session: RealSession): Promise<DatabaseSnapshot> {
    await session.run(`drop schema if exists ${COPIES} cascade; create schema ${COPIES}`);
    const { rows: tables } = await session.run(tablesQuery);
    const deletes: string[] = [];
    const inserts: string[] = [];
    for (const { name, copy, columns } of tables) {
      deletes.push(`delete from ${name}`);
      if (columns === null) continue;
      const { rowCount } = await session.run(`create table ${copy} as select ${columns} from ${name}`);
      if (rowCount !== 0) {
        inserts.push(`insert into ${name} (${columns}) overriding system value select ${columns} from ${copy}`);
      }
    }
    const { rows: sequences } = await session.run(sequencesQuery);
    const sets = sequences.map(({ name, value, called }) => `select setval('${name}', ${value}, ${called})`);
    // Without triggers, so that the order of foreign keys does not matter and nothing is notified.
    const first = 'set local session_replication_role = replica';
    return new DatabaseSnapshot(['begin', first, ...deletes, ...inserts, ...sets, 'commit'].join(';\n'));
  }

  /** The role must be allowed to set `session_replication_role`. */
  async restore(session: RealSession): Promise<void> {
    await session.run(this.#reset);
  }
}
