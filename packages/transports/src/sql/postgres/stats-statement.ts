import { COUNT_BOUND } from '../store/stats-row.ts';
import type { QueueObjects } from './queue-objects.ts';

/** The figures of queue $1. Everything that is not settled and was looked at lies between the oldest claimed position and the cursor. */
export function statsStatement({ claim, message }: QueueObjects): string {
  const counted = (where: string) =>
    `(select count(*) from (select 1 from ${message} m where ${where} limit ${COUNT_BOUND}) counted)`;
  const open = (where: string) => `coalesce(sum(k.open) filter (where ${where}), 0)`;
  return (
    `with cursor as materialized (select coalesce((select k.upto from ${claim} k where k.queue_id = $1 and k.upto is not null ` +
    'order by k.upto desc limit 1), 0) as upto), ' +
    `claims as materialized (select ${open('k.leased and k.due_at > clock_timestamp()')} as leased, ` +
    `${open('not k.leased and k.due_at > clock_timestamp()')} as delayed, ` +
    `${open('k.due_at <= clock_timestamp()')} as due, ` +
    `min((select min(p) from unnest(k.positions) p)) as low from ${claim} k where k.queue_id = $1 and k.open > 0) ` +
    `select ${counted('m.queue_id = $1 and m.position > (select upto from cursor)')} as fresh, ` +
    `${counted('m.queue_id = $1 and m.position >= (select low from claims) and m.position <= (select upto from cursor)')} as passed, ` +
    `leased, delayed, due, ${counted('m.origin = $1')} as dead, ` +
    `(select extract(epoch from clock_timestamp() - m.stored_at)::float8 * 1000 from ${message} m where m.queue_id = $1 ` +
    'and m.position >= coalesce((select low from claims), (select upto from cursor)) order by m.position limit 1) as oldest_age_ms ' +
    'from claims'
  );
}
