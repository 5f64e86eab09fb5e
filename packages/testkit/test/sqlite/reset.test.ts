import { type SqliteHandle, SqliteTemplate } from '@holdfast/testkit/sqlite';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Simulation } from '../../src/kernel/simulation.ts';
import { World } from '../../src/kernel/world.ts';
import { SimulatedSqlite } from '../../src/sqlite/simulated-sqlite.ts';

const schema = `
  create table account (id integer primary key autoincrement, owner text, balance integer not null default 0) strict;
  create table line (account integer references account (id) on delete cascade, text, unique (account, text));
  create table setting (name text, part blob, value any, primary key (name, part)) without rowid, strict;
  create table sum (a integer, b integer, total integer generated always as (a + b) stored, twice as (a * 2));
  create table rowid (rowid text, _rowid_ integer);
  create table "odd ""name" ("a ""column" numeric);
  create view rich as select * from account where balance > 10;
  create index by_owner on account (owner);
  insert into account (owner, balance) values ('bank', 9223372036854775807), ('ann', -9223372036854775808), ('gone', 0);
  delete from account where owner = 'gone';
  insert into line values (1, 'one'), (1, x'00ff'), (2, 1.0), (2, 2), (2, 9e999), (2, null);
  delete from line where text = 'one';
  insert into setting values ('a', x'', 1.0), ('b', x'01', 9007199254740993), ('c', x'02', cast(x'610062' as text));
  insert into sum (a, b) values (1, 2), (-3, 4);
  insert into rowid values ('x', 9);
  insert into "odd ""name" values ('12'), ('1e3'), ('text'), (null);
  pragma user_version = 7;
  analyze;
`;
const withTrigger = `${schema}
  create trigger logged after insert on account begin insert into line values (new.id, 'logged'); end;`;
const withSearch = `${schema}
  create virtual table search using fts5(body);
  insert into search values ('hello world');`;

/** Everything that a database keeps, with types, rowids, and what SQLite keeps for itself. */
function contentOf(handle: SqliteHandle): unknown {
  const tables = handle
    .prepare<[]>(
      "select name, wr from pragma_table_list where schema = 'main' and type in ('table', 'shadow', 'virtual') order by 1",
    )
    .all() as { name: string; wr: number }[];
  return {
    schema: handle.prepare('select type, name, tbl_name, sql from sqlite_schema order by type, name').all(),
    version: handle.pragma('user_version'),
    rows: tables.map(({ name, wr }) => {
      const table = `"${name.replaceAll('"', '""')}"`;
      const columns = (
        handle
          .prepare<[]>(`select name from pragma_table_xinfo('${name.replaceAll("'", "''")}') where hidden <> 1`)
          .pluck()
          .all() as string[]
      )
        .map((column) => `"${column.replaceAll('"', '""')}"`)
        .flatMap((column) => [column, `typeof(${column})`, `hex(${column})`]);
      const all = [...(wr === 1 ? [] : ['oid']), ...columns].join(', ');
      return [name, handle.prepare<[]>(`select ${all} from ${table} order by 1, 2`).raw().safeIntegers().all()];
    }),
  };
}

/** What a connection has that is not the database's. */
function stateOf(handle: SqliteHandle): unknown {
  const names = [
    'foreign_keys',
    'recursive_triggers',
    'query_only',
    'cache_size',
    'ignore_check_constraints',
    'busy_timeout',
    'journal_mode',
  ];
  return {
    settings: names.map((name) => [name, handle.pragma(name, { simple: true })]),
    databases: handle.prepare("select name from pragma_database_list where name <> 'temp'").pluck().all(),
    temporary: handle.prepare('select count(*) from sqlite_temp_schema').pluck().get(),
    like: handle.prepare("select 'A' like 'a'").pluck().get(),
  };
}

async function withDatabase<Result>(template: SqliteTemplate, use: (db: SimulatedSqlite) => Result): Promise<Result> {
  const world = new World(new Simulation({ seed: 1 }));
  const db = await SimulatedSqlite.open(world, 'db', { template });
  try {
    return use(db);
  } finally {
    world.close();
  }
}

const statements = fc.constantFrom(
  "insert into account (owner, balance) values ('new', 1)",
  "insert into account values (1000, 'far', 5)",
  'update account set balance = 3',
  'delete from account',
  'delete from account where id = 2',
  "insert or replace into account values (1, 'other', 0)",
  "insert into line values (1, 'more')",
  'update line set text = rowid',
  'update line set rowid = rowid + 100',
  'delete from line',
  "insert into setting values ('z', x'', 3.5)",
  'update setting set value = 1',
  'delete from setting',
  'update sum set a = a + 1',
  'delete from sum',
  "update rowid set oid = 77, rowid = 'y'",
  'update "odd ""name" set "a ""column" = 4.5',
  'create table extra (id)',
  'drop table sum',
  'drop view rich',
  'drop index by_owner',
  'alter table line add column more',
  'create table gone (id); drop table gone',
  'create trigger t after insert on account begin delete from line; end',
  'vacuum',
  'analyze',
  'reindex',
  'pragma user_version = 99',
  'pragma application_id = 5',
  'pragma wal_checkpoint(truncate)',
  'pragma foreign_keys = off',
  'pragma recursive_triggers = on; pragma query_only = on',
  'pragma cache_size = 10',
  'pragma ignore_check_constraints(1)',
  'pragma case_sensitive_like = on',
  'pragma journal_mode = delete; pragma busy_timeout = 5000',
  'create temp table account (id); insert into temp.account values (1)',
  'create temporary view v as select 1',
  "attach ':memory:' as other",
  'begin',
  'begin immediate',
  'savepoint a',
  'rollback',
  'commit',
  'insert or rollback into account values (1, null, 1)',
);
const scripts = fc.array(
  fc.record({ connection: fc.nat(2), text: statements, how: fc.constantFrom('exec', 'prepare') }),
  { maxLength: 14 },
);

test.each([
  ['plain tables', schema],
  ['a trigger', withTrigger],
  ['a virtual table', withSearch],
])(
  'whatever a run does, the next one begins with what the template made, on connections as new: %s',
  async (_, made) => {
    const template = new SqliteTemplate((handle) => {
      handle.exec(made);
    });
    const [content, state] = await withDatabase(template, (db) => [contentOf(db.handle()), stateOf(db.handle())]);
    await fc.assert(
      fc.asyncProperty(scripts, async (script) => {
        await withDatabase(template, (db) => {
          const handles = [db.handle(), db.handle(), db.handle()];
          for (const { connection, text, how } of script) {
            try {
              if (how === 'exec') handles[connection]!.exec(text);
              else handles[connection]!.prepare(text).run();
            } catch {
              // Locked, or it makes no sense here.
            }
          }
        });
        await withDatabase(template, (db) => {
          const handles = [db.handle(), db.handle(), db.handle(), db.handle()];
          for (const handle of handles) expect(stateOf(handle)).toEqual(state);
          expect(contentOf(handles[0]!)).toEqual(content);
          expect(db.query('select count(*) as n from account')).toEqual([{ n: 2 }]);
          // Numbers go on as they would have.
          const insert = handles[1]!.prepare("insert into account (owner) values ('next')");
          expect(insert.run().lastInsertRowid).toBe(4);
        });
      }),
      { numRuns: 60 },
    );
  },
  60_000,
);

test('what a check has written by itself is taken back too', async () => {
  const template = new SqliteTemplate((handle) => {
    handle.exec('create table account (id integer primary key)');
  });
  await withDatabase(template, (db) => {
    db.query('insert into account values (1) returning id');
  });
  await withDatabase(template, (db) => {
    expect(db.query('select * from account')).toEqual([]);
  });
});

test.each([0, 1])(
  'a connection that has made a table forgets it, although another one makes one: %i',
  async (maker) => {
    const template = new SqliteTemplate(() => {});
    await withDatabase(template, (db) => {
      const handles = [db.handle(), db.handle()];
      handles[maker]!.exec('create table one (id)');
    });
    await withDatabase(template, (db) => {
      const [first, second] = [db.handle(), db.handle()];
      first.exec('create table other (id)');
      expect(() => second.prepare('select * from one')).toThrow(/no such table: one/);
      expect(second.prepare('select * from other').all()).toEqual([]);
    });
  },
);

test('what a connection of somebody else has moved to the file is taken back too', async () => {
  const template = new SqliteTemplate((handle) => {
    handle.exec('create table account (id integer primary key)');
  });
  await withDatabase(template, (db) => {
    db.handle().exec('insert into account values (1)');
    const own = new Database(db.path);
    own.pragma('wal_checkpoint(truncate)');
    own.close();
  });
  await withDatabase(template, (db) => {
    expect(db.query('select * from account')).toEqual([]);
  });
});

test('two databases of one template at a time have nothing in common', async () => {
  const template = new SqliteTemplate((handle) => {
    handle.exec('create table account (id integer primary key)');
  });
  const world = new World(new Simulation({ seed: 1 }));
  const [one, other] = [
    await SimulatedSqlite.open(world, 'one', { template }),
    await SimulatedSqlite.open(world, 'other', { template }),
  ];
  one.handle().exec('insert into account values (1)');
  expect([one.query('select id from account'), other.query('select id from account')]).toEqual([[{ id: 1 }], []]);
  world.close();
});

test('a template that cannot be made says so, to every run', async () => {
  const broken: readonly (readonly [(handle: SqliteHandle) => void, RegExp])[] = [
    [(handle) => handle.exec('create table'), /"prepare" of a SqliteTemplate failed: .*incomplete input/],
    [(handle) => handle.exec('begin; create table account (id)'), /it left a transaction open/],
    [(handle) => handle.close(), /it closed the handle/],
  ];
  for (const [prepare, says] of broken) {
    const template = new SqliteTemplate(prepare);
    for (let run = 0; run < 2; run += 1) {
      await expect(withDatabase(template, () => {})).rejects.toThrow(says);
    }
  }
});
