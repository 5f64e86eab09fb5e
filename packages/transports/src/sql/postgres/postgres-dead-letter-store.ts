import type { PostgresDatabase } from '@holdfast/sql';
import type { PulledRow } from '../store/claim-store.ts';
import type { DeadLetterStore, RedriveMove, SqlQueueStats } from '../store/dead-letter-store.ts';
import type { QueueRecord } from '../store/queue-record.ts';
import { statsOf } from '../store/stats-row.ts';
import { pulledRowOf } from './pulled-row.ts';
import type { QueueObjects } from './queue-objects.ts';
import { statsStatement } from './stats-statement.ts';

/** Dead letters and figures of queues on PostgreSQL. */
export class PostgresDeadLetterStore implements DeadLetterStore {
  readonly #database: PostgresDatabase;
  readonly #objects: QueueObjects;
  readonly #list: string;
  readonly #redrive: string;
  readonly #stats: string;

  constructor(database: PostgresDatabase, objects: QueueObjects) {
    const { message, claim } = objects;
    const held = (queue: string) =>
      `(select unnest(k.positions) from ${claim} k where k.queue_id = ${queue} and k.leased and k.due_at > clock_timestamp())`;
    this.#database = database;
    this.#objects = objects;
    this.#stats = statsStatement(objects);
    this.#list =
      "select position, 1 as deliveries, id, source, type, key, attributes, encode(body, 'base64') as body " +
      `from ${message} where origin = $1 and position > $2 and position not in ${held('$3')} order by position limit $4`;
    this.#redrive =
      `with gone as (delete from ${message} m using unnest($3::bigint[], $4::text[]) as r(position, attributes) ` +
      `where m.queue_id = $2 and m.position = r.position and m.origin = $1 and m.position not in ${held('$2')} ` +
      'returning m.position, m.key, m.id, m.source, m.type, r.attributes, m.body) ' +
      `insert into ${message} (lane, queue_id, key, id, source, type, attributes, body) ` +
      'select case when $5::boolean then hashtextextended(key, $1::integer) end, $1, key, id, source, type, attributes, body ' +
      'from gone order by position';
  }

  async stats({ id, ordered }: QueueRecord): Promise<SqlQueueStats> {
    const { rows } = await this.#database.execute({ text: this.#stats, values: [id] });
    return statsOf(rows[0] ?? {}, ordered);
  }

  async list(
    { id, deadLetterId }: QueueRecord,
    { after, max }: { readonly after: number; readonly max: number },
  ): Promise<readonly PulledRow[]> {
    const { rows } = await this.#database.execute({ text: this.#list, values: [id, after, deadLetterId, max] });
    return rows.map(pulledRowOf);
  }

  async redrive({ id, deadLetterId, ordered }: QueueRecord, moves: readonly RedriveMove[]): Promise<number> {
    if (moves.length === 0) return 0;
    const { pullLock, publishLock } = this.#objects;
    return this.#database.transaction(async (tx) => {
      // Nobody takes them meanwhile, and like every append this one is in order.
      const lock = 'select pg_advisory_xact_lock($1::integer, $2::integer)';
      await tx.execute({ text: lock, values: [pullLock, deadLetterId] });
      await tx.execute({ text: lock, values: [publishLock, id] });
      const positions = moves.map(({ position }) => position);
      const attributes = moves.map((move) => move.attributes);
      const values = [id, deadLetterId, positions, attributes, ordered];
      return (await tx.execute({ text: this.#redrive, values })).rowCount;
    });
  }
}
