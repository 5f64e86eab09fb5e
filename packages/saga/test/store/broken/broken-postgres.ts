import type { SqlStatement } from '@holdfast/sql';
import type { BrokenStatement } from './broken-statement.ts';

const COUNTS = 'S8: 20 transactions that count in one instance at once count to 20, without a conflict';
const BATCHES = 'S8: batches that overlap, in opposite orders, do not deadlock, and nothing is lost';
const BEGINNINGS =
  'S7: batches that begin the same instances at once, in opposite orders, do not deadlock, and each begins once';
const STALE = 'S8: a write that expects an older or a newer version is a conflict, and changes nothing';
const SECOND = 'S8: of two that write without having loaded the second waits, and is a conflict';
const SOME = 'one conflict among many writes is a conflict, which names the instance and its saga';
const GONE = 'an instance that is gone cannot be written, by itself and among others';
const IN_USE =
  'an instance that an event has is not removed, and nobody waits; nor is one that the event has brought on';
const MISSING =
  'S7: who asks for instances that do not exist waits for who has asked before, and gets what began meanwhile';
const TAKEN = 'what began meanwhile is locked; one of several that is in use is a conflict instead of a deadlock';
const PUT_OFF = 'S4: a timer that is cancelled while it is put off is cancelled';
const MANY_TIMERS = 'timers of one name of many instances are set and cancelled by one write';
const ANEW = 'S4: a timer that is set anew is due by its new delay only, and has the version that set it';
const ORDERED = 'many events of many instances are parked by one write, in their order';
const PURGED =
  'an instance that is over is removed after its time, with its history, its timers and its parked events, and no other';
const GOES_ON = 'an instance that goes on after it was over stays, and its time begins anew when it is over again';
const OVER = 'when an instance was over stays while it is, and is forgotten when it goes on';
const DUE =
  'timers that are due come by how long they are, over all sagas that are asked for, and no more than asked for';
const PAGES = 'pages go on where the one before ended, also among instances that began at one time';
const UNMATCHED = 'S7: parked events of instances that never began are removed after their time, and no others';
const AGAIN = 'S7: an instance that exists cannot begin again, whatever its version is';
const LOCKED = 'S7: nor do batches that lock what does not exist before they begin it';

/** Small mistakes in the statements for PostgreSQL, above all in what makes transactions wait for each other. */
export const brokenPostgres: readonly BrokenStatement[] = [
  { name: 'one instance is loaded without a lock', caughtBy: COUNTS, from: ' for update', to: '' },
  { name: 'one instance is loaded by a shared lock', caughtBy: COUNTS, from: ' for update', to: ' for share' },
  { name: 'several instances are loaded without a lock', caughtBy: BATCHES, from: /\n\s*for update(?! skip)/, to: '' },
  {
    name: 'one instance is written whatever its version is',
    caughtBy: STALE,
    from: 'where i.version = -excluded.version',
    to: '',
  },
  {
    name: 'several are written whatever their versions are',
    caughtBy: SOME,
    from: 'where i.version = -excluded.version',
    to: '',
  },
  {
    name: 'the second writer writes over the first',
    caughtBy: SECOND,
    from: 'where i.version = -excluded.version',
    to: 'where i.version >= -excluded.version',
  },
  { name: 'a write begins what is gone', caughtBy: GONE, from: /where version > 0/g, to: 'where version <> 0' },
  {
    name: 'who begins again is written over',
    caughtBy: AGAIN,
    from: 'on conflict do nothing returning',
    to: 'on conflict (saga, key) do update set state = excluded.state returning',
  },
  {
    name: 'the history of a conflict is written',
    caughtBy: SOME,
    from: 'where exists (select from written w where w.saga = n.saga and w.key = n.key)',
    to: '',
  },
  {
    name: 'nobody waits for who asked for what does not exist',
    caughtBy: MISSING,
    from: 'pg_advisory_xact_lock(n)',
    to: 'n',
  },
  {
    name: 'what does not exist is locked for readers only',
    caughtBy: MISSING,
    from: 'pg_advisory_xact_lock(n)',
    to: 'pg_advisory_xact_lock_shared(n)',
  },
  { name: 'who holds locks of several waits for an instance', caughtBy: TAKEN, from: 'skip locked', to: '' },
  { name: 'what began meanwhile is not locked', caughtBy: TAKEN, from: 'for update skip locked', to: '' },
  {
    name: 'an instance that is in use is taken for one that is not there',
    caughtBy: TAKEN,
    from: /^(select i\.\* from unnest[\s\S]*) limit 1$/,
    to: "select '' as saga, '' as key where false and $$1::text[] = $$2::text[]",
  },
  {
    name: 'a timer is cancelled where it was',
    caughtBy: PUT_OFF,
    from: /delete from ("\w+"\."\w+_timer") t using (unnest\([^)]*\)) as n \(saga, key, timer\)\s+where t\.saga = n\.saga and t\.key = n\.key and t\.timer = n\.timer/,
    to: 'delete from $1 where ctid = any(array(select x.ctid from $2 as n (saga, key, timer) cross join lateral (select ctid from $1 t where t.saga = n.saga and t.key = n.key and t.timer = n.timer offset 0) x))',
  },
  {
    name: 'only one timer of many is cancelled',
    caughtBy: MANY_TIMERS,
    from: 'and t.timer = n.timer)',
    to: "and t.timer = n.timer and n.timer = 't')",
  },
  {
    name: 'timers of all instances are cancelled',
    caughtBy: MANY_TIMERS,
    from: 't.saga = n.saga and t.key = n.key and t.timer = n.timer)',
    to: 't.saga = n.saga and t.timer = n.timer)',
  },
  {
    name: 'a timer is not set anew',
    caughtBy: ANEW,
    from: /do update set\s+epoch = excluded\.epoch, due_at = excluded\.due_at, failures = 0, last_error = null/,
    to: 'do nothing',
  },
  { name: 'a timer keeps its first time', caughtBy: ANEW, from: 'due_at = excluded.due_at, ', to: '' },
  {
    name: 'a timer is set from the beginning of the transaction',
    caughtBy: 'S4: a timer is due when its time is over by the clock of the database, and not before',
    from: /clock_timestamp\(\) \+ (\$\d+::bigint|n\.after_ms) \* interval '1 ms'/,
    to: 'clock_timestamp()',
  },
  {
    name: 'parked events are kept in any order',
    caughtBy: ORDERED,
    from: 'order by n.place',
    to: 'order by n.place desc',
  },
  {
    name: 'timers of any saga are due',
    caughtBy: DUE,
    from: 't.saga = n.saga and t.due_at',
    to: 'n.saga is not null and t.due_at',
  },
  {
    name: 'a page passes over those of the same time',
    caughtBy: PAGES,
    from: /\(started_at, key\) > \((.*), \$7::text\)/,
    to: "started_at > timestamptz 'epoch' + $$6::bigint * interval '1 ms' and $$7::text is not null",
  },
  {
    name: 'the end is told anew',
    caughtBy: OVER,
    from: 'coalesce(i.finished_at, excluded.finished_at)',
    to: 'excluded.finished_at',
  },
  {
    name: 'the end is never forgotten',
    caughtBy: OVER,
    from: /finished_at = case when .* end,/,
    to: 'finished_at = coalesce(i.finished_at, excluded.finished_at),',
  },
  {
    name: 'the time of removal is never forgotten',
    caughtBy: GOES_ON,
    from: 'purge_at = excluded.purge_at',
    to: 'purge_at = coalesce(excluded.purge_at, i.purge_at)',
  },
  {
    name: 'removing waits for who has an instance',
    caughtBy: IN_USE,
    from: 'for update skip locked',
    to: 'for update',
  },
  {
    name: 'instances go before their time',
    caughtBy: PURGED,
    from: 'i.purge_at <= (select clock_timestamp())',
    to: 'i.purge_at is not null',
  },
  { name: 'the history stays', caughtBy: PURGED, from: /,\nhistory as \(.*(?=\nselect count)/s, to: '' },
  { name: 'the timers stay', caughtBy: PURGED, from: /timers as \(delete [^)]*\),/, to: '' },
  {
    name: 'parked events of other instances go',
    caughtBy: PURGED,
    from: /where r\.saga = g\.saga and r\.key = g\.key offset 0/,
    to: 'where r.saga = g.saga offset 0',
  },
  {
    name: 'events of instances that run are removed',
    caughtBy: UNMATCHED,
    from: 'and not exists (select',
    to: 'or exists (select',
  },
];

interface BrokenOrder {
  readonly name: string;
  readonly caughtBy: string;
  readonly isMeant: (statement: SqlStatement) => boolean;
}

/** Stores that lock in the order in which they are asked, half of the time the other way round. */
export const brokenOrders: readonly BrokenOrder[] = [
  {
    name: 'instances are loaded in any order',
    caughtBy: BATCHES,
    isMeant: ({ text }) => /^select[\s\S]*for update\s*\)/.test(text),
  },
  {
    name: 'instances are written in any order',
    caughtBy: BEGINNINGS,
    isMeant: ({ text }) => text.startsWith('with inserted'),
  },
  {
    name: 'what does not exist is locked in any order',
    caughtBy: LOCKED,
    isMeant: ({ text }) => text.includes('pg_advisory_xact_lock'),
  },
];
