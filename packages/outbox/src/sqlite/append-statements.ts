import { encodeAttributes } from '@holdfast/core';
import type { SqlStatement, TableNames } from '@holdfast/sql';
import type { LogRecord } from '../store/log-record.ts';
import { laneHash } from './lane-hash.ts';
import { numberedAppends } from './numbered-appends.ts';
import { NOW, type OutboxTables, outboxTables } from './outbox-tables.ts';

/**
 * So few that a connection keeps the statements of all lengths prepared. There is no round trip to be saved, and no other
 * writer gets in between.
 */
const ROWS_PER_STATEMENT = 50;

/**
 * The statements that write messages. The number of lanes comes from the destination's row in the same statement, so a
 * sender cannot write to a lane that nobody reads; without a row the lane is null, which the log refuses.
 */
export class AppendStatements {
  readonly #tables: OutboxTables;
  /** Texts by their number of rows. */
  readonly #texts = new Map<number, string>();

  constructor(names: TableNames) {
    this.#tables = outboxTables(names);
  }

  /** Draws numbers, if any are asked for; then for records that enter the log now, then for those that are delayed. */
  for(records: readonly LogRecord[]): readonly SqlStatement[] {
    if (records.some(({ stream }) => stream !== undefined)) return numberedAppends(this.#tables, records);
    const delayed = records.filter((record) => record.delayMs > 0);
    const undelayed = delayed.length === 0 ? records : records.filter((record) => record.delayMs === 0);
    return [
      ...chunks(undelayed).map((chunk) => ({ text: this.#insert(chunk.length), values: valuesOf(chunk, rowHash) })),
      ...chunks(delayed).map((chunk) => ({
        text: insertDelayed(this.#tables, chunk.length),
        values: valuesOf(chunk, delayOf),
      })),
    ];
  }

  #insert(rows: number): string {
    const text = this.#texts.get(rows) ?? insertRows(this.#tables, rows);
    this.#texts.set(rows, text);
    return text;
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

function valuesOf(records: readonly LogRecord[], first: (record: LogRecord) => number): unknown[] {
  const values: unknown[] = [];
  for (const record of records) {
    const { key, id, source, type, attributes, body } = record.envelope;
    values.push(first(record), record.destination, key, id, source, type, encodeAttributes(attributes), body);
  }
  return values;
}

function rowHash({ envelope }: LogRecord): number {
  return laneHash(envelope.key ?? envelope.id);
}

function delayOf({ delayMs }: LogRecord): number {
  return delayMs;
}

function chunks(records: readonly LogRecord[]): (readonly LogRecord[])[] {
  const result: (readonly LogRecord[])[] = [];
  for (let start = 0; start < records.length; start += ROWS_PER_STATEMENT) {
    result.push(records.slice(start, start + ROWS_PER_STATEMENT));
  }
  return result;
}
