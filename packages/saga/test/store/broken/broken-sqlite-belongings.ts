import type { BrokenStatement } from './broken-statement.ts';

const NOW = "cast(unixepoch('subsec') * 1000 as integer)";
const CANCELLED = 'S4: a timer that is cancelled is not set any more, and the others are';
const ANEW = 'S4: a timer that is set anew is due by its new delay only, and has the version that set it';
const RELEASED = 'S7: a released event is gone, and the others wait on';
const DUE =
  'timers that are due come by how long they are, over all sagas that are asked for, and no more than asked for';
const NEXT = 'how long it is until the next timer is known, of the sagas that are asked for';
const NOT_DUE =
  'S4: a timer that is not due, or was put off, is not one that was found due before, and is not put off for its sake';
const STANDS = 'S4: a timer that is due still stands until it is cancelled, set anew or removed';

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
    caughtBy: 'S4: a stale timer is not put off, and one that is set anew has not failed',
    from: ', failures = 0, last_error = null',
    to: '',
  },
  {
    name: 'a timer is due before its time',
    caughtBy: 'S4: a timer is due when its time is over by the clock of the database, and not before',
    from: `due_at <= ${NOW}`,
    to: `due_at <= ${NOW} + 60000`,
  },
  {
    name: 'a timer is due by the time in seconds',
    caughtBy: 'S4: a timer is due when its time is over by the clock of the database, and not before',
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
    from: /^select 1 from "holdfast_saga_timer".* and epoch = \?4/,
    to: 'select 1 from "holdfast_saga_timer" where saga = ?1 and key = ?2 and timer = ?3 and ?4 > 0',
  },
  {
    name: 'a timer stands that was set by another instance',
    caughtBy: STANDS,
    from: /^select 1 from "holdfast_saga_timer".* and epoch = \?4/,
    to: 'select 1 from "holdfast_saga_timer" where saga = ?1 and ?2 > 0 and timer = ?3 and epoch = ?4',
  },
  {
    name: 'a timer stands that is not due',
    caughtBy: NOT_DUE,
    from: ` and epoch = ?4 and due_at <= ${NOW}`,
    to: ' and epoch = ?4',
  },
  {
    name: 'a timer that is not due is put off',
    caughtBy: NOT_DUE,
    from: `last_error = ?6 where saga = ?1 and key = ?2 and timer = ?3 and epoch = ?4 and due_at <= ${NOW}`,
    to: 'last_error = ?6 where saga = ?1 and key = ?2 and timer = ?3 and epoch = ?4',
  },
  {
    name: 'a stale timer is removed',
    caughtBy: 'S4: a stale timer is not removed, and one that stands is',
    from: /timer = \?3 and epoch = \?4$/,
    to: 'timer = ?3 and ?4 > 0',
  },
  {
    name: 'a stale timer is put off',
    caughtBy: 'S4: a stale timer is not put off, and one that is set anew has not failed',
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
    caughtBy: 'S7: parked events wait in the order in which they were parked, as they were',
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

/** Small mistakes in what SQLite stores of timers and parked events. */
export const brokenSqliteBelongings: readonly BrokenStatement[] = [...timers, ...parked];
