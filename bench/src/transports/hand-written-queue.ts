import { type Envelope, encodeAttributes } from '@holdfast/core';
import type pg from 'pg';

const BATCH = 100;
const COLUMNS = 'id, source, type, key, attributes';

/** What a careful team writes by hand on PostgreSQL: one table; `for update skip locked` and delete in one transaction, or a lease. */
export class HandWrittenQueue {
  readonly #pool: pg.Pool;

  private constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** @param pool with `pipeline: true` */
  static async create(pool: pg.Pool): Promise<HandWrittenQueue> {
    await pool.query(
      'create table hand_written (position bigint generated always as identity primary key, id text not null, ' +
        'source text not null, type text not null, key text, attributes text not null, body bytea not null, ' +
        'leased_until timestamptz)',
    );
    return new HandWrittenQueue(pool);
  }

  /** Many rows in one statement, its own transaction. */
  async publish(envelopes: readonly Envelope[]): Promise<void> {
    await this.#pool.query({
      name: 'publish',
      text:
        `insert into hand_written (${COLUMNS}, body) ` +
        'select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bytea[])',
      values: [
        envelopes.map(({ id }) => id),
        envelopes.map(({ source }) => source),
        envelopes.map(({ type }) => type),
        envelopes.map(({ key }) => key),
        envelopes.map(({ attributes }) => encodeAttributes(attributes)),
        envelopes.map(({ body }) => body),
      ],
    });
  }

  /** Takes everything, with as many connections. Returns the bytes of the bodies. */
  consume(connections: number): Promise<number> {
    return inParallel(connections, () => this.#consumeAlone());
  }

  /** The same with a lease in the row, so that no transaction is open while a message is handled. */
  consumeByLease(connections: number): Promise<number> {
    return inParallel(connections, () => this.#consumeByLeaseAlone());
  }

  async empty(): Promise<void> {
    await this.#pool.query('truncate hand_written');
  }

  /** Two round trips for a batch: begin with select, delete with commit. */
  async #consumeAlone(): Promise<number> {
    const client = await this.#pool.connect();
    let bytes = 0;
    for (let more = true; more; ) {
      const [, { rows }] = await Promise.all([
        client.query('begin'),
        client.query({
          name: 'pull',
          text:
            `select position, ${COLUMNS}, encode(body, 'base64') as body from hand_written ` +
            `order by position limit ${BATCH} for update skip locked`,
        }),
      ]);
      bytes += bytesOf(rows);
      await Promise.all([client.query(deletion(rows)), client.query('commit')]);
      more = rows.length === BATCH;
    }
    client.release();
    return bytes;
  }

  async #consumeByLeaseAlone(): Promise<number> {
    const client = await this.#pool.connect();
    let bytes = 0;
    for (let more = true; more; ) {
      const { rows } = await client.query({
        name: 'lease',
        text:
          "update hand_written set leased_until = now() + interval '30 seconds' where position = any(array(" +
          'select position from hand_written where leased_until is null or leased_until < now() ' +
          `order by position limit ${BATCH} for update skip locked)) ` +
          `returning position, ${COLUMNS}, encode(body, 'base64') as body`,
      });
      bytes += bytesOf(rows);
      await client.query(deletion(rows));
      more = rows.length === BATCH;
    }
    client.release();
    return bytes;
  }
}

async function inParallel(connections: number, consume: () => Promise<number>): Promise<number> {
  const bytes = await Promise.all(Array.from({ length: connections }, consume));
  return bytes.reduce((sum, more) => sum + more, 0);
}

interface Row {
  readonly position: string;
  readonly attributes: string;
  readonly body: string;
}

/** What the handler gets: attributes as an object, the body as bytes. */
function bytesOf(rows: readonly Row[]): number {
  const messages = rows.map(({ attributes, body }) => ({
    attributes: JSON.parse(attributes),
    body: Buffer.from(body, 'base64'),
  }));
  return messages.reduce((sum, { body }) => sum + body.byteLength, 0);
}

function deletion(rows: readonly Row[]) {
  const positions = rows.map(({ position }) => position);
  return { name: 'ack', text: 'delete from hand_written where position = any($1::bigint[])', values: [positions] };
}
