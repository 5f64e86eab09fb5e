import type { SqliteDatabase, SyncSqlExecutor } from '@holdfast/sql';
import type { SqlQueueProperties } from '../sql-queue-properties.ts';
import type { QueueCatalogue } from '../store/queue-catalogue.ts';
import type { QueueRecord } from '../store/queue-record.ts';
import { agreesWith, propertiesOf, queueRecordOf } from '../store/queue-row.ts';
import type { QueueTables } from './queue-tables.ts';

/** Queues on SQLite. */
export class SqliteQueueCatalogue implements QueueCatalogue {
  readonly #database: SqliteDatabase;
  readonly #tables: QueueTables;
  readonly #find: string;

  constructor(database: SqliteDatabase, tables: QueueTables) {
    this.#database = database;
    this.#tables = tables;
    this.#find =
      'select q.id, q.name, q.types, q.lease_ms, q.ordered, q.dead_letter_id, d.name as dead_letter_name ' +
      `from ${tables.queue} q left join ${tables.queue} d on d.id = q.dead_letter_id where q.name in (?1, ?2)`;
  }

  async declare(properties: SqlQueueProperties): Promise<void> {
    // Every start declares; only the first one needs the write lock.
    if (this.#agrees(this.#database, properties)) return;
    this.#database.transaction((tx) => {
      if (!this.#agrees(tx, properties)) this.#create(tx, properties);
    });
  }

  async find(name: string): Promise<QueueRecord | null> {
    const { rows } = this.#database.executeSync({ text: this.#find, values: [name, name] });
    return rows[0] === undefined ? null : queueRecordOf(rows[0]);
  }

  #agrees(executor: SyncSqlExecutor, properties: SqlQueueProperties): boolean {
    const { queue, deadLetterQueue } = properties;
    const { rows } = executor.executeSync({ text: this.#find, values: [queue, deadLetterQueue] });
    return agreesWith(rows.map(propertiesOf), properties);
  }

  #create(tx: SyncSqlExecutor, { queue, types, deadLetterQueue, leaseMs, ordered }: SqlQueueProperties): void {
    const { rows } = tx.executeSync({ text: this.#find, values: [deadLetterQueue, deadLetterQueue] });
    const deadLetterId =
      rows[0] === undefined ? this.#insert(tx, [deadLetterQueue, null, leaseMs, 0, null]) : Number(rows[0].id);
    const id = this.#insert(tx, [queue, JSON.stringify(types), leaseMs, ordered ? 1 : 0, deadLetterId]);
    for (const type of types) {
      tx.executeSync({
        text: `insert into ${this.#tables.binding} (type, queue_id) values (?1, ?2)`,
        values: [type, id],
      });
    }
  }

  #insert(tx: SyncSqlExecutor, values: readonly unknown[]): number {
    const { rows } = tx.executeSync({
      text: `insert into ${this.#tables.queue} (name, types, lease_ms, ordered, dead_letter_id) values (?1, ?2, ?3, ?4, ?5) returning id`,
      values,
    });
    return Number(rows[0]?.id);
  }
}
