import type { Envelope } from '@holdfast/core';
import type pg from 'pg';
import type { RawConfirmChannel } from './raw-confirm-channel.ts';

const PAGE = 1_000;
const COLUMNS = 'position, id, source, type, key, attributes';

/**
 * What a careful team writes by hand: one owner reads the table by position, page by page and one ahead, publishes without
 * waiting for single confirms, and deletes a page when all of it is confirmed.
 */
export class HandWrittenRelay {
  readonly #pool: pg.Pool;

  private constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  static async create(pool: pg.Pool): Promise<HandWrittenRelay> {
    await pool.query(
      'create table hand_written (position bigint generated always as identity primary key, id text not null, ' +
        'source text not null, type text not null, key text, attributes text not null, body bytea not null)',
    );
    return new HandWrittenRelay(pool);
  }

  /** With the same rows as an outbox's log. */
  async fill(): Promise<void> {
    await this.#pool.query('truncate hand_written restart identity');
    await this.#pool.query(
      'insert into hand_written (id, source, type, key, attributes, body) ' +
        'select id, source, type, key, attributes, body from holdfast_outbox_log order by position',
    );
    await this.#pool.query('vacuum (analyze) hand_written');
  }

  /** Publishes and deletes everything. */
  async relay(channel: RawConfirmChannel): Promise<void> {
    const deletes: Promise<unknown>[] = [];
    const reader = await this.#pool.connect();
    let next = this.#page(reader, '0');
    for (;;) {
      const page = await next;
      const last = page.at(-1)?.position;
      if (last === undefined) break;
      next = this.#page(reader, last);
      let open = page.length;
      const onAnswer = channel.answering(() => {
        open -= 1;
        if (open === 0) deletes.push(this.#delete(last));
      });
      for (const envelope of page) {
        if (channel.isFull) await channel.belowHalf();
        channel.send(envelope, onAnswer);
      }
    }
    await channel.settled();
    await Promise.all(deletes);
    reader.release();
  }

  async #page(client: pg.PoolClient, after: string): Promise<readonly LogRow[]> {
    const { rows } = await client.query({
      name: 'page',
      text:
        `select ${COLUMNS}, encode(body, 'base64') as body from hand_written ` +
        `where position > $1 order by position limit ${PAGE}`,
      values: [after],
    });
    for (const row of rows) {
      row.attributes = JSON.parse(row.attributes);
      row.body = Buffer.from(row.body, 'base64');
    }
    return rows;
  }

  async #delete(upTo: string): Promise<void> {
    await this.#pool.query({ name: 'delete', text: 'delete from hand_written where position <= $1', values: [upTo] });
  }
}

interface LogRow extends Envelope {
  readonly position: string;
}
