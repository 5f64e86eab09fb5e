import type { BrokenStatement } from './broken-statement.ts';

const NOW = "cast(unixepoch('subsec') * 1000 as integer)";
const AGAIN = 'S7: an instance that exists cannot begin again, whatever its version is';
const STALE = 'S8: a write that expects an older or a newer version is a conflict, and changes nothing';
const APART = 'instances of one key in several sagas, and of several keys, are told apart, whatever they contain';
const REPLACED = 'each write replaces all that the instance is';
const TIMES = 'an instance has the times when it began, changed last and was over, by the clock of the database';
const OVER = 'when an instance was over stays while it is, and is forgotten when it goes on';
const GOES_ON = 'an instance that goes on after it was over stays, and its time begins anew when it is over again';
const HISTORY = 'the history has each transition in its order, with all that is told of it and its time';

const columns: readonly BrokenStatement[] = [
  ['definition_version', 3],
  ['state', 4],
  ['kind', 5],
  ['data', 6],
  ['correlation_id', 9],
  ['parked', 10],
].map(([column, parameter]) => ({
  name: `an instance keeps its first ${column}`,
  caughtBy: REPLACED,
  from: ` ${column} = ?${parameter}`,
  to: ` ${column} = iif(true, ${column}, ?${parameter})`,
}));

const instances: readonly BrokenStatement[] = [
  {
    name: 'an instance that begins again is begun again',
    caughtBy: AGAIN,
    from: `${NOW} + ?11)\non conflict do nothing`,
    to: `${NOW} + ?11)\non conflict (saga, key) do update set state = excluded.state`,
  },
  { name: 'nobody looks at the version', caughtBy: STALE, from: 'version = ?12', to: '?12 > 0' },
  { name: 'a newer version is expected', caughtBy: STALE, from: 'version = ?12', to: 'version <= ?12' },
  { name: 'an older version is expected', caughtBy: STALE, from: 'version = ?12', to: 'version >= ?12' },
  {
    name: 'all instances are written',
    caughtBy: APART,
    from: 'key = ?2 and version',
    to: '?2 is not null and version',
  },
  {
    name: 'all sagas are written',
    caughtBy: APART,
    from: 'saga = ?1 and key = ?2 and version',
    to: '?1 > 0 and key = ?2 and version',
  },
  {
    name: 'an instance is found by a pattern',
    caughtBy: APART,
    from: /where saga = \?1 and key = \?2$/,
    to: 'where saga = ?1 and key like ?2',
  },
  {
    name: 'an instance is found without its saga',
    caughtBy: APART,
    from: /where saga = \?1 and key = \?2$/,
    to: 'where ?1 is not null and key = ?2',
  },
  ...columns,
  {
    name: 'the beginning is set anew',
    caughtBy: TIMES,
    from: 'changed_at = iif',
    to: `started_at = ${NOW}, changed_at = iif`,
  },
  {
    name: 'the change is the first one',
    caughtBy: TIMES,
    from: `iif(transitions = ?8, changed_at, ${NOW})`,
    to: 'iif(transitions = ?8, changed_at, changed_at)',
  },
  {
    name: 'each write is a change',
    caughtBy: 'a write without a transition is not a change',
    from: 'iif(transitions = ?8, changed_at',
    to: `iif(transitions = ?8, ${NOW}`,
  },
  { name: 'the end is told anew', caughtBy: OVER, from: `coalesce(finished_at, ${NOW})`, to: NOW },
  {
    name: 'the end is never forgotten',
    caughtBy: OVER,
    from: 'finished_at = iif(?11 is null, null',
    to: 'finished_at = iif(?11 is null, finished_at',
  },
  {
    name: 'the time of removal is never forgotten',
    caughtBy: GOES_ON,
    from: `purge_at = ${NOW} + ?11`,
    to: `purge_at = coalesce(${NOW} + ?11, purge_at)`,
  },
  {
    name: 'the time of removal is the first one',
    caughtBy: GOES_ON,
    from: `purge_at = ${NOW} + ?11`,
    to: `purge_at = coalesce(purge_at, ${NOW} + ?11)`,
  },
  {
    name: 'one that begins and ends at once is kept for ever',
    caughtBy: 'an instance may begin and end by one write',
    from: `${NOW} + ?11)`,
    to: `iif(?11 is null, null, null))`,
  },
  { name: 'the history forgets the reason', caughtBy: HISTORY, from: '?13, ?14)', to: '?13, iif(true, null, ?14))' },
  { name: 'the history is told from its end', caughtBy: HISTORY, from: 'order by number', to: 'order by number desc' },
  {
    name: 'the history is of all instances',
    caughtBy: HISTORY,
    from: /where saga = \?1 and key = \?2 order by number/,
    to: 'where ?1 is not null and ?2 is not null order by number',
  },
];

/** Small mistakes in what SQLite stores of instances. */
export const brokenSqliteInstances: readonly BrokenStatement[] = instances;
