import { encodeAttributes } from '@holdfast/core';
import type { SqlStatement, TableNames } from '@holdfast/sql';
import type { LogRecord } from '../store/log-record.ts';
import { laneHash } from './lane-hash.ts';
import { NOW, type OutboxTables, outboxTables } from './outbox-tables.ts';

/** Eight parameters each stay far below SQLite's 32,766. */
const ROWS_PER_STATEMENT = 1_000;

/**
 * The statements that write messages. The number of lanes comes from the destination's row in the same statement, so a
 * sender cannot write to a lane that nobody reads; without a row the lane is null, which the log refuses.
 */
export class AppendStatements {
  readonly #tables: OutboxTables;
  readonly #one: string;

  constructor(names: TableNames) {
    this.#tables = outboxTables(names);
    this.#one = insertRows(this.#tables, 1);
  }

  /** One statement for up to 1,000 records that enter the log now, and one for up to 1,000 that are delayed. */
  for(records: readonly LogRecord[]): readonly SqlStatement[] {
    const [only] = records;
    if (only !== undefined && records.length === 1 && only.delayMs === 0) {
      return [{ text: this.#one, values: rowValues(only) }];
    }
    const delayed = records.filter((record) => record.delayMs > 0);
    const undelayed = delayed.length === 0 ? records : records.filter((record) => record.delayMs === 0);
    return [
      ...chunks(undelayed).map((chunk) => ({
        text: insertRows(this.#tables, chunk.length),
        values: chunk.flatMap(rowValues),
      })),
      ...chunks(delayed).map((chunk) => ({
        text: insertDelayed(this.#tables, chunk.length),
        values: chunk.flatMap(delayedValues),
      })),
    ];
  }
}

function insertRows({ log, destination }: OutboxTables, rows: number): string {
  const row = (n: number) =>
    `((select first_lane + ?${n + 1} % lanes from ${destination} where name = ?${n + 2}), ${placeholders(n + 3, 6)})`;
  return `insert into ${log} (lane, key, id, source, type, attributes, body) values ${listOf(rows, row)}`;
}

function insertDelayed({ delayed, destination }: OutboxTables, rows: number): string {
  const row = (n: number) =>
    `(${NOW} + ?${n + 1}, (select name from ${destination} where name = ?${n + 2}), ${placeholders(n + 3, 6)})`;
  return (
    `insert into ${delayed} (due_at, destination, key, id, source, type, attributes, body) ` +
    `values ${listOf(rows, row)}`
  );
}

const PARAMETERS = 8;

function listOf(rows: number, row: (firstParameter: number) => string): string {
  return Array.from({ length: rows }, (_, index) => row(index * PARAMETERS)).join(', ');
}

function placeholders(first: number, count: number): string {
  return Array.from({ length: count }, (_, index) => `?${first + index}`).join(', ');
}

function rowValues({ envelope, destination }: LogRecord): unknown[] {
  return [laneHash(envelope.key ?? envelope.id), destination, ...envelopeValues(envelope)];
}

function delayedValues({ envelope, destination, delayMs }: LogRecord): unknown[] {
  return [delayMs, destination, ...envelopeValues(envelope)];
}

function envelopeValues({ key, id, source, type, attributes, body }: LogRecord['envelope']): unknown[] {
  return [key, id, source, type, encodeAttributes(attributes), body];
}

function chunks(records: readonly LogRecord[]): (readonly LogRecord[])[] {
  const result: (readonly LogRecord[])[] = [];
  for (let start = 0; start < records.length; start += ROWS_PER_STATEMENT) {
    result.push(records.slice(start, start + ROWS_PER_STATEMENT));
  }
  return result;
}
