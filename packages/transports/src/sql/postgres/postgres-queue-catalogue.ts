import type { PostgresDatabase, SqlExecutor } from '@holdfast/sql';
import type { SqlQueueProperties } from '../sql-queue-properties.ts';
import type { QueueCatalogue } from '../store/queue-catalogue.ts';
import type { QueueRecord } from '../store/queue-record.ts';
import { agreesWith, propertiesOf, queueRecordOf } from '../store/queue-row.ts';
import type { QueueObjects } from './queue-objects.ts';

/** Queues on PostgreSQL. */
export class PostgresQueueCatalogue implements QueueCatalogue {
  readonly #database: PostgresDatabase;
  readonly #objects: QueueObjects;
  readonly #find: string;

  constructor(database: PostgresDatabase, objects: QueueObjects) {
    this.#database = database;
    this.#objects = objects;
    this.#find =
      'select q.id, q.name, q.types, q.lease_ms, q.ordered, q.dead_letter_id, d.name as dead_letter_name ' +
      `from ${objects.queue} q left join ${objects.queue} d on d.id = q.dead_letter_id where q.name = any($1::text[])`;
  }

  async declare(properties: SqlQueueProperties): Promise<void> {
    // Every start declares; only the first one needs the lock.
    if (await this.#agrees(this.#database, properties)) return;
    await this.#database.transaction(async (tx) => {
      // Publishers read on; one process at a time declares.
      await tx.execute({ text: `lock table ${this.#objects.queue} in share row exclusive mode`, values: [] });
      if (!(await this.#agrees(tx, properties))) await this.#create(tx, properties);
    });
  }

  async find(name: string): Promise<QueueRecord | null> {
    const { rows } = await this.#database.execute({ text: this.#find, values: [[name]] });
    return rows[0] === undefined ? null : queueRecordOf(rows[0]);
  }

  async #agrees(executor: SqlExecutor, properties: SqlQueueProperties): Promise<boolean> {
    const { queue, deadLetterQueue } = properties;
    const { rows } = await executor.execute({ text: this.#find, values: [[queue, deadLetterQueue]] });
    return agreesWith(rows.map(propertiesOf), properties);
  }

  async #create(
    tx: SqlExecutor,
    { queue, types, deadLetterQueue, leaseMs, ordered }: SqlQueueProperties,
  ): Promise<void> {
    const deadLetterId =
      (await this.#idOf(tx, deadLetterQueue)) ??
      (await this.#insert(tx, [deadLetterQueue, null, leaseMs, false, null]));
    const id = await this.#insert(tx, [queue, JSON.stringify(types), leaseMs, ordered, deadLetterId]);
    await tx.execute({
      text: `insert into ${this.#objects.binding} (type, queue_id) select unnest($1::text[]), $2`,
      values: [types, id],
    });
  }

  async #idOf(tx: SqlExecutor, name: string): Promise<number | undefined> {
    const { rows } = await tx.execute({ text: this.#find, values: [[name]] });
    return rows[0] === undefined ? undefined : Number(rows[0].id);
  }

  async #insert(tx: SqlExecutor, values: readonly unknown[]): Promise<number> {
    const { rows } = await tx.execute({
      text: `insert into ${this.#objects.queue} (name, types, lease_ms, ordered, dead_letter_id) values ($1, $2, $3, $4, $5) returning id`,
      values,
    });
    return Number(rows[0]?.id);
  }
}
