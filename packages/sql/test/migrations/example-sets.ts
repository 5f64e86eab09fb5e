import type { Migration, MigrationSet } from '@holdfast/sql';

type Dialect = MigrationSet['dialect'];

const createThings: Migration = {
  number: 1,
  title: 'things',
  up: (names) => [
    `create table ${names.table('thing')} (id text primary key)`,
    `create index ${names.index('thing_by_id')} on ${names.table('thing')} (id)`,
  ],
  down: (names) => [`drop table ${names.table('thing')}`],
};

const addSize: Migration = {
  number: 2,
  title: "the thing's size",
  up: (names) => [`alter table ${names.table('thing')} add column size integer`],
  down: (names) => [`alter table ${names.table('thing')} drop column size`],
};

/** Its second statement fails, after the first one has changed something. */
const broken: Migration = {
  number: 3,
  title: 'broken',
  up: (names) => [
    `create table ${names.table('half')} (id text primary key)`,
    `alter table ${names.table('nowhere')} add column size integer`,
  ],
  down: (names) => [`drop table ${names.table('thing')}`, `drop table ${names.table('nowhere')}`],
};

export function thingSet(dialect: Dialect, migrations: readonly Migration[] = [createThings, addSize]): MigrationSet {
  return { name: 'things', dialect, migrations };
}

export const firstOnly = (dialect: Dialect): MigrationSet => thingSet(dialect, [createThings]);

export const withBroken = (dialect: Dialect): MigrationSet => thingSet(dialect, [createThings, addSize, broken]);

export const drifted = (dialect: Dialect): MigrationSet =>
  thingSet(dialect, [{ ...createThings, up: (names) => [...createThings.up(names), 'select 1'] }, addSize]);

export function otherSet(dialect: Dialect): MigrationSet {
  return {
    name: 'others',
    dialect,
    migrations: [
      {
        number: 1,
        title: 'others',
        up: (names) => [`create table ${names.table('other')} (id text primary key)`],
        down: (names) => [`drop table ${names.table('other')}`],
      },
    ],
  };
}
