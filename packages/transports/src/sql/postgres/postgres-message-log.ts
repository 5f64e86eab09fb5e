import { type Envelope, encodeAttributes } from '@holdfast/core';
import type { PostgresDatabase } from '@holdfast/sql';
import type { Appended, MessageLog } from '../store/message-log.ts';
import type { QueueObjects } from './queue-objects.ts';
import type { QueueStatement, QueueStatements } from './queue-statements.ts';

/** Messages on PostgreSQL: an append is one statement. */
export class PostgresMessageLog implements MessageLog {
  readonly #database: PostgresDatabase;
  readonly #publish: QueueStatement;

  constructor(database: PostgresDatabase, { publishFunction }: QueueObjects, statements: QueueStatements) {
    this.#database = database;
    this.#publish = statements.named(
      'publish',
      `select unrouted, queue_id from ${publishFunction}(` +
        '$1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bytea, $7::integer[], $8::integer[])',
    );
  }

  async append(envelopes: readonly Envelope[]): Promise<Appended> {
    const { rows } = await this.#database.execute({ ...this.#publish, values: columns(envelopes) });
    const unrouted: number[] = [];
    const queues: number[] = [];
    for (const row of rows) {
      if (row.queue_id === null) unrouted.push(Number(row.unrouted) - 1);
      else queues.push(Number(row.queue_id));
    }
    return { unrouted, queues };
  }
}

/** Bodies travel as one byte string with lengths: an array of bytea would be written and parsed as hexadecimal text. */
function columns(envelopes: readonly Envelope[]): unknown[] {
  const starts: number[] = [];
  let length = 0;
  for (const { body } of envelopes) {
    starts.push(length + 1);
    length += body.byteLength;
  }
  return [
    envelopes.map(({ id }) => id),
    envelopes.map(({ source }) => source),
    envelopes.map(({ type }) => type),
    envelopes.map(({ attributes }) => encodeAttributes(attributes)),
    envelopes.map(({ key }) => key),
    Buffer.concat(
      envelopes.map(({ body }) => body),
      length,
    ),
    starts,
    envelopes.map(({ body }) => body.byteLength),
  ];
}
