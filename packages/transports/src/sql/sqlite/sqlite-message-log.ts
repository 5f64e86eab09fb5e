import { type Envelope, encodeAttributes } from '@holdfast/core';
import type { SqliteDatabase, SyncSqlExecutor } from '@holdfast/sql';
import type { Appended, MessageLog } from '../store/message-log.ts';
import type { QueueTables } from './queue-tables.ts';

/** Messages on SQLite: an append is one transaction. There is one writer, so positions are given in commit order. */
export class SqliteMessageLog implements MessageLog {
  readonly #database: SqliteDatabase;
  readonly #route: string;
  readonly #insert: string;

  constructor(database: SqliteDatabase, { queue, binding, message }: QueueTables) {
    this.#database = database;
    this.#route =
      `select b.queue_id, q.ordered from ${binding} b join ${queue} q on q.id = b.queue_id ` +
      "where b.type in (?1, '*') order by b.queue_id";
    this.#insert =
      `insert into ${message} (queue_id, lane, key, id, source, type, attributes, body) ` +
      'values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)';
  }

  async append(envelopes: readonly Envelope[]): Promise<Appended> {
    return this.#database.transaction((tx) => {
      const routes = new Map<string, readonly Route[]>();
      const unrouted: number[] = [];
      const queues = new Set<number>();
      for (const [index, envelope] of envelopes.entries()) {
        const known = routes.get(envelope.type) ?? this.#routesOf(tx, envelope.type);
        routes.set(envelope.type, known);
        if (known.length === 0) unrouted.push(index);
        for (const route of known) {
          this.#append(tx, envelope, route);
          queues.add(route.queueId);
        }
      }
      return { unrouted, queues: [...queues] };
    });
  }

  #routesOf(tx: SyncSqlExecutor, type: string): readonly Route[] {
    const { rows } = tx.executeSync({ text: this.#route, values: [type] });
    return rows.map((row) => ({ queueId: Number(row.queue_id), ordered: Number(row.ordered) === 1 }));
  }

  #append(
    tx: SyncSqlExecutor,
    { key, id, source, type, attributes, body }: Envelope,
    { queueId, ordered }: Route,
  ): void {
    const values = [queueId, ordered ? key : null, key, id, source, type, encodeAttributes(attributes), body];
    tx.executeSync({ text: this.#insert, values });
  }
}

interface Route {
  readonly queueId: number;
  readonly ordered: boolean;
}
