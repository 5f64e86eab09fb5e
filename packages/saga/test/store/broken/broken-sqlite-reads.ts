import type { BrokenStatement } from './broken-statement.ts';

const NOW = "cast(unixepoch('subsec') * 1000 as integer)";
const LISTED =
  'instances are listed from the oldest, of one saga, by state, kind, version and how long they have not changed';
const PAGES = 'pages go on where the one before ended, also among instances that began at one time';
const PURGED =
  'an instance that is over is removed after its time, with its history, its timers and its parked events, and no other';
const UNMATCHED = 'S7: parked events of instances that never began are removed after their time, and no others';
const COUNTED = 'instances are counted by saga, version and state, with the keys of the oldest';

const queries: readonly BrokenStatement[] = [
  {
    name: 'the newest is listed first',
    caughtBy: LISTED,
    from: /order by started_at, key limit \?6$/,
    to: 'order by started_at desc, key limit ?6',
  },
  {
    name: 'a list is as long as it gets',
    caughtBy: LISTED,
    from: /order by started_at, key limit \?6$/,
    to: 'order by started_at, key limit ?6 + 1',
  },
  { name: 'all states are listed', caughtBy: LISTED, from: 'state in (select value from json_each(?2))', to: '?2 > 0' },
  { name: 'all kinds are listed', caughtBy: LISTED, from: 'kind in (select value from json_each(?3))', to: '?3 > 0' },
  {
    name: 'all versions are listed',
    caughtBy: LISTED,
    from: 'definition_version in (select value from json_each(?4))',
    to: '?4 > 0',
  },
  {
    name: 'who changed just now is listed as old',
    caughtBy: LISTED,
    from: `changed_at <= ${NOW} - ?5`,
    to: `started_at <= ${NOW} - ?5`,
  },
  {
    name: 'a page begins with the end of the one before',
    caughtBy: PAGES,
    from: '(started_at, key) > (?7, ?8)',
    to: '(started_at, key) >= (?7, ?8)',
  },
  {
    name: 'a page passes over those of the same time',
    caughtBy: PAGES,
    from: '(started_at, key) > (?7, ?8)',
    to: 'started_at > ?7 and ?8 is not null',
  },
  {
    name: 'counts are over all versions',
    caughtBy: COUNTED,
    from: 'partition by saga, definition_version, state',
    to: 'partition by saga, state',
  },
  {
    name: 'samples are of the newest',
    caughtBy: COUNTED,
    from: 'order by started_at, key) as place',
    to: 'order by started_at desc, key) as place',
  },
  {
    name: 'the one that changed last tells how long they wait',
    caughtBy: 'S5: instances that wait for a person are counted, with the time since the first of them changed last',
    from: 'min(changed_at)',
    to: 'max(changed_at)',
  },
];

const retention: readonly BrokenStatement[] = [
  {
    name: 'instances go before their time',
    caughtBy: PURGED,
    from: `purge_at <= ${NOW}`,
    to: `finished_at <= ${NOW}`,
  },
  {
    name: 'instances of all sagas go',
    caughtBy: PURGED,
    from: /saga in \(select value from json_each\(\?1\)\) and purge_at/,
    to: '?1 is not null and purge_at',
  },
  {
    name: 'all that is over goes at once',
    caughtBy: 'no more are removed at once than asked for',
    from: 'order by purge_at limit ?2)',
    to: 'order by purge_at limit ?2 * 1000)',
  },
  {
    name: 'events of instances that run are removed',
    caughtBy: UNMATCHED,
    from: 'and not exists (select 1 from',
    to: 'or exists (select 1 from',
  },
  {
    name: 'parked events go before their time',
    caughtBy: UNMATCHED,
    from: `p.parked_at <= ${NOW} - ?3`,
    to: `p.parked_at <= ${NOW} - ?3 * 0`,
  },
  {
    name: 'parked events of all sagas go',
    caughtBy: UNMATCHED,
    from: 'where p.saga = ?1 and p.parked_at',
    to: 'where ?1 is not null and p.parked_at',
  },
  {
    name: 'all parked events go at once',
    caughtBy: UNMATCHED,
    from: 'order by parked_at limit ?2)',
    to: 'order by parked_at limit ?2 * 1000)',
  },
];

/** Small mistakes in what SQLite lists, counts and removes. */
export const brokenSqliteReads: readonly BrokenStatement[] = [...queries, ...retention];
