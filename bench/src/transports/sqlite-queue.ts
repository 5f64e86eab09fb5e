import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Envelope, encodeAttributes } from '@holdfast/core';
import { Migrator } from '@holdfast/sql';
import { BetterSqlite3Database } from '@holdfast/sql/better-sqlite3';
import { SqlTransport, sqliteQueueMigrations } from '@holdfast/transports/sql';
import Database from 'better-sqlite3';
import { QUEUE } from './postgres-queue.ts';

const BATCH = 100;
const COLUMNS = 'id, source, type, key, attributes, body';

/** Our durable queue and a hand-written one in a SQLite file of their own, in WAL mode, each with its own handle. */
export class SqliteQueue {
  readonly transport: SqlTransport;
  readonly #folder: string;
  readonly #db: Database.Database;
  readonly #ours: Database.Database;
  readonly #insert: Database.Statement;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#db = this.#open();
    this.#ours = this.#open();
    this.transport = new SqlTransport({ database: new BetterSqlite3Database(this.#ours) });
    this.#db.exec(
      'create table hand_written (position integer primary key, id text not null, source text not null, ' +
        'type text not null, key text, attributes text not null, body blob not null, leased_until integer)',
    );
    this.#insert = this.#db.prepare(`insert into hand_written (${COLUMNS}) values (?, ?, ?, ?, ?, ?)`);
  }

  static async create(): Promise<SqliteQueue> {
    const queue = new SqliteQueue(mkdtempSync(join(tmpdir(), 'holdfast-bench-')));
    const database = new BetterSqlite3Database(queue.#ours);
    await new Migrator({ database, sets: [sqliteQueueMigrations] }).up();
    await queue.transport.declare({ queue: QUEUE, types: ['order.placed'] });
    return queue;
  }

  /** By hand: one transaction for the batch. */
  publishByHand(envelopes: readonly Envelope[]): void {
    this.#db.transaction(() => {
      for (const { id, source, type, key, attributes, body } of envelopes) {
        this.#insert.run(id, source, type, key, encodeAttributes(attributes), body);
      }
    })();
  }

  /** By hand: takes everything, a transaction for each batch. Returns the bytes of the bodies. */
  consumeByHand(): number {
    const select = this.#db.prepare<[], Row>(
      `select position, ${COLUMNS} from hand_written order by position limit ${BATCH}`,
    );
    const remove = this.#db.prepare('delete from hand_written where position <= ?');
    const take = this.#db.transaction(() => {
      const rows = select.all();
      bytes += bytesOf(rows);
      remove.run(rows.at(-1)?.position ?? 0);
      return rows.length === BATCH;
    });
    let bytes = 0;
    while (take.immediate());
    return bytes;
  }

  /** The same with a lease in the row, so that no transaction is open while a message is handled. */
  consumeByLease(): number {
    const lease = this.#db.prepare<[], Row>(
      "update hand_written set leased_until = unixepoch('subsec') * 1000 + 30000 where position in (" +
        "select position from hand_written where leased_until is null or leased_until < unixepoch('subsec') * 1000 " +
        `order by position limit ${BATCH}) returning position, ${COLUMNS}`,
    );
    const remove = this.#db.prepare('delete from hand_written where position = ?');
    const ack = this.#db.transaction((rows: readonly Row[]) => {
      for (const { position } of rows) remove.run(position);
    });
    let bytes = 0;
    for (let more = true; more; ) {
      const rows = lease.all();
      bytes += bytesOf(rows);
      ack.immediate(rows);
      more = rows.length === BATCH;
    }
    return bytes;
  }

  /** Writes the log into the file, so that nobody does it during a turn. */
  checkpoint(): void {
    this.#db.pragma('wal_checkpoint(truncate)');
  }

  async drop(): Promise<void> {
    await this.transport.close();
    this.#db.close();
    this.#ours.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #open(): Database.Database {
    const db = new Database(join(this.#folder, 'queue.db'));
    db.pragma('journal_mode = wal');
    db.pragma('synchronous = normal');
    return db;
  }
}

interface Row {
  readonly position: number;
  readonly attributes: string;
  readonly body: Buffer;
}

/** What the handler gets: attributes as an object, the body as bytes. */
function bytesOf(rows: readonly Row[]): number {
  const messages = rows.map(({ attributes, body }) => ({ attributes: JSON.parse(attributes), body }));
  return messages.reduce((sum, { body }) => sum + body.byteLength, 0);
}
