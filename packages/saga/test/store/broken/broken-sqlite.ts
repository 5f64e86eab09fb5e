import type { BrokenStatement } from './broken-statement.ts';

const NOW = "cast(unixepoch('subsec') * 1000 as integer)";
const AGAIN = 'S1: an instance that exists cannot begin again, whatever its version is';
const STALE = 'S3: a write that expects an older or a newer version is a conflict, and changes nothing';
const APART = 'instances of one key in several sagas, and of several keys, are told apart, whatever they contain';
const REPLACED = 'each write replaces all that the instance is';
const TIMES = 'an instance has the times when it began, changed last and was over, by the clock of the database';
const OVER = 'when an instance was over stays while it is, and is forgotten when it goes on';
const GOES_ON = 'an instance that goes on after it was over stays, and its time begins anew when it is over again';
const CANCELLED = 'S5: a timer that is cancelled is not set any more, and the others are';
const ANEW = 'S5: a timer that is set anew is due by its new delay only, and has the version that set it';
const RELEASED = 'S4: a released event is gone, and the others wait on';
const LISTED =
  'S9: instances are listed from the oldest, of one saga, by state, kind, version and how long they have not changed';
const PAGES = 'S9: pages go on where the one before ended, also among instances that began at one time';
const DUE =
  'timers that are due come by how long they are, over all sagas that are asked for, and no more than asked for';
const NEXT = 'how long it is until the next timer is known, of the sagas that are asked for';
const PURGED =
  'an instance that is over is removed after its time, with its history, its timers and its parked events, and no other';
const UNMATCHED = 'S4: parked events of instances that never began are removed after their time, and no others';
const HISTORY = 'S8: the history has each transition in its order, with all that is told of it and its time';
const COUNTED = 'instances are counted by saga, version and state, with the keys of the oldest';
const STANDS = 'S5: a timer still stands until it is cancelled, set anew or removed';

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

const timers: readonly BrokenStatement[] = [
  {
    name: 'all timers are cancelled',
    caughtBy: CANCELLED,
    from: /^(delete.*)timer = \?3$/,
    to: 'delete from "holdfast_saga_timer" where saga = ?1 and key = ?2 and ?3 > 0',
  },
  {
    name: 'the timers of all instances are cancelled',
    caughtBy: CANCELLED,
    from: /saga = \?1 and key = \?2 and timer = \?3$/,
    to: 'saga = ?1 and ?2 > 0 and timer = ?3',
  },
  { name: 'no timer is cancelled', caughtBy: CANCELLED, from: /and timer = \?3$/, to: 'and timer = ?3 || 1' },
  {
    name: 'a timer is not set anew',
    caughtBy: ANEW,
    from: 'do update set epoch = excluded.epoch, due_at = excluded.due_at, failures = 0, last_error = null',
    to: 'do nothing',
  },
  { name: 'a timer keeps its first time', caughtBy: ANEW, from: 'due_at = excluded.due_at, ', to: '' },
  { name: 'a timer keeps its first epoch', caughtBy: ANEW, from: 'epoch = excluded.epoch, ', to: '' },
  {
    name: 'a timer that is set anew has failed',
    caughtBy: 'S5: a stale timer is not put off, and one that is set anew has not failed',
    from: ', failures = 0, last_error = null',
    to: '',
  },
  {
    name: 'a timer is due before its time',
    caughtBy: 'S5: a timer is due when its time is over by the clock of the database, and not before',
    from: `due_at <= ${NOW}`,
    to: `due_at <= ${NOW} + 60000`,
  },
  {
    name: 'a timer is due by the time in seconds',
    caughtBy: 'S5: a timer is due when its time is over by the clock of the database, and not before',
    from: `${NOW} + ?5)\non conflict (saga, key, timer)`,
    to: `${NOW} + ?5 / 1000)\non conflict (saga, key, timer)`,
  },
  {
    name: 'the newest timer is due first',
    caughtBy: DUE,
    from: `due_at <= ${NOW} order by due_at limit`,
    to: `due_at <= ${NOW} order by due_at desc limit`,
  },
  {
    name: 'timers of all sagas are due',
    caughtBy: DUE,
    from: 'where saga = ?1 and due_at <=',
    to: 'where ?1 is not null and due_at <=',
  },
  {
    name: 'a timer stands whose time is over',
    caughtBy: STANDS,
    from: /^(select 1 from "holdfast_saga_timer".*) and epoch = \?4$/,
    to: 'select 1 from "holdfast_saga_timer" where saga = ?1 and key = ?2 and timer = ?3 and ?4 > 0',
  },
  {
    name: 'a timer stands that was set by another instance',
    caughtBy: STANDS,
    from: /^(select 1 from "holdfast_saga_timer".*) and epoch = \?4$/,
    to: 'select 1 from "holdfast_saga_timer" where saga = ?1 and ?2 > 0 and timer = ?3 and epoch = ?4',
  },
  {
    name: 'a stale timer is removed',
    caughtBy: 'S5: a stale timer is not removed, and one that stands is',
    from: /timer = \?3 and epoch = \?4$/,
    to: 'timer = ?3 and ?4 > 0',
  },
  {
    name: 'a stale timer is put off',
    caughtBy: 'S5: a stale timer is not put off, and one that is set anew has not failed',
    from: 'last_error = ?6 where saga = ?1 and key = ?2 and timer = ?3 and epoch = ?4',
    to: 'last_error = ?6 where saga = ?1 and key = ?2 and timer = ?3 and ?4 > 0',
  },
  {
    name: 'failures are not counted',
    caughtBy: 'a timer that is put off is due later, with its failures counted and the last one told',
    from: 'failures = failures + 1',
    to: 'failures = 1',
  },
  {
    name: 'a timer that fails is due at once',
    caughtBy: 'a timer that is put off is due later, with its failures counted and the last one told',
    from: `set due_at = ${NOW} + ?5`,
    to: `set due_at = ${NOW} + ?5 * 0`,
  },
  {
    name: 'the last timer is the next one',
    caughtBy: NEXT,
    from: 'where saga = ?1 order by due_at limit 1',
    to: 'where saga = ?1 order by due_at desc limit 1',
  },
  {
    name: 'the next timer is of any saga',
    caughtBy: NEXT,
    from: 'where saga = ?1 order by due_at limit 1',
    to: 'where ?1 is not null order by due_at limit 1',
  },
  {
    name: 'a timer that is due is next in the past',
    caughtBy: NEXT,
    from: `max(0, due_at - ${NOW}) as next`,
    to: `due_at - ${NOW} as next`,
  },
];

const parked: readonly BrokenStatement[] = [
  {
    name: 'an event that is parked again replaces the first',
    caughtBy: 'an event that is parked already is kept once, as it was first',
    from: 'on conflict (saga, key, source, id) do nothing',
    to: 'on conflict (saga, key, source, id) do update set message = excluded.message',
  },
  {
    name: 'parked events wait by their names',
    caughtBy: 'S4: parked events wait in the order in which they were parked, as they were',
    from: 'order by position',
    to: 'order by id',
  },
  {
    name: 'an event of another source is released',
    caughtBy: RELEASED,
    from: 'and source = ?3 and id = ?4',
    to: 'and ?3 is not null and id = ?4',
  },
  {
    name: 'all events are released',
    caughtBy: RELEASED,
    from: 'and source = ?3 and id = ?4',
    to: 'and source = ?3 and ?4 is not null',
  },
  {
    name: 'events of all instances are released',
    caughtBy: RELEASED,
    from: 'key = ?2 and source = ?3 and id = ?4',
    to: '?2 is not null and source = ?3 and id = ?4',
  },
  {
    name: 'no event is released',
    caughtBy: RELEASED,
    from: 'source = ?3 and id = ?4',
    to: 'source = ?3 and id = ?4 || 1',
  },
];

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
    caughtBy: 'S7: instances that wait for a person are counted, with the time since the first of them changed last',
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

/** Small mistakes in the statements for SQLite. */
export const brokenSqlite: readonly BrokenStatement[] = [...instances, ...timers, ...parked, ...queries, ...retention];
