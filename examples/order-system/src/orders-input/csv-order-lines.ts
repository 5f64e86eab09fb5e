import { quoted } from '@holdfast/core';
import type { LineParser } from './line-parser.ts';
import type { PhysicalLine } from './line-splitter.ts';
import {
  attributable,
  type BadLine,
  checkedOrderLine,
  ORDER_LINE_FIELDS,
  type OrderLine,
  type OrderLineField,
  type RawOrderLine,
} from './order-line.ts';
import { parseCsvRecord } from './parse-csv-record.ts';
import { UnreadableFileError } from './unreadable-file-error.ts';

/** A quoted field may span lines, but a quote that somebody forgot to close must not swallow the file. */
const MAX_LINES_PER_RECORD = 50;

type Columns = ReadonlyMap<OrderLineField, number>;

/**
 * Order lines of a CSV file with a header. When a record is malformed only its first line is given up: reading goes on
 * with the line after it.
 */
export class CsvOrderLines implements LineParser {
  readonly #pending: PhysicalLine[] = [];
  #header: { readonly columns: Columns; readonly width: number } | null = null;

  /** @throws UnreadableFileError when the header does not have the columns */
  push(line: PhysicalLine): readonly (OrderLine | BadLine)[] {
    if (this.#pending.length === 0 && line.problem === null && line.text.trim() === '') return [];
    this.#pending.push(line);
    return this.#drain(false);
  }

  end(): readonly (OrderLine | BadLine)[] {
    return this.#drain(true);
  }

  #drain(isEnd: boolean): readonly (OrderLine | BadLine)[] {
    const lines: (OrderLine | BadLine)[] = [];
    for (;;) {
      while (this.#pending[0]?.problem === null && this.#pending[0].text.trim() === '') this.#pending.shift();
      const [first] = this.#pending;
      if (first === undefined) return lines;
      const { state, fields, used } = this.#nextRecord(first);
      if (state === 'open' && !isEnd && this.#mayGoOn()) return lines;
      this.#pending.splice(0, used);
      const line = this.#lineOf(first, { state, fields });
      if (line !== null) lines.push(line);
    }
  }

  /** The record that starts at the first pending line, and how many lines it takes. */
  #nextRecord(first: PhysicalLine): ReturnType<typeof parseCsvRecord> & { readonly used: number } {
    let text = first.text;
    let record = parseCsvRecord(text);
    if (first.problem !== null) return { ...record, state: 'malformed', used: 1 };
    for (const [index, line] of this.#pending.entries()) {
      if (index === 0) continue;
      if (record.state !== 'open' || line.problem !== null) break;
      text += `\n${line.text}`;
      record = parseCsvRecord(text);
      if (record.state === 'complete') return { ...record, used: index + 1 };
    }
    return { ...record, used: 1 };
  }

  #mayGoOn(): boolean {
    return this.#pending.length < MAX_LINES_PER_RECORD && this.#pending.every((line) => line.problem === null);
  }

  #lineOf(first: PhysicalLine, { state, fields }: ReturnType<typeof parseCsvRecord>): OrderLine | BadLine | null {
    if (this.#header === null) {
      this.#header = readHeader(first, fields);
      return null;
    }
    const { columns, width } = this.#header;
    const raw = rawLine(columns, fields);
    const problem = first.problem ?? recordProblem({ state, fields }, width);
    if (problem === null) return checkedOrderLine(first.number, raw);
    return { number: first.number, reason: problem, orderId: attributable(raw.orderId) };
  }
}

function recordProblem({ state, fields }: ReturnType<typeof parseCsvRecord>, width: number): string | null {
  if (state === 'open') return 'has a quote that is not closed';
  if (state === 'malformed') return 'has a quote in the wrong place';
  return fields.length === width ? null : `has ${fields.length} fields, the header has ${width}`;
}

function rawLine(columns: Columns, fields: readonly string[]): RawOrderLine {
  return Object.fromEntries([...columns].map(([field, index]) => [field, fields[index] ?? '']));
}

function readHeader(line: PhysicalLine, fields: readonly string[]) {
  if (line.problem !== null) throw new UnreadableFileError(`its header ${line.problem}`);
  const names = fields.map((name) => name.toLowerCase());
  const columns = new Map(ORDER_LINE_FIELDS.map((field) => [field, names.indexOf(field.toLowerCase())]));
  const missing = ORDER_LINE_FIELDS.filter((field) => columns.get(field) === -1);
  if (missing.length > 0) {
    throw new UnreadableFileError(
      `its first line, ${quoted(line.text, 60)}, is no CSV header with the columns ${ORDER_LINE_FIELDS.join(', ')} ` +
        `(missing: ${missing.join(', ')})`,
    );
  }
  const twice = ORDER_LINE_FIELDS.find((field) => names.lastIndexOf(field.toLowerCase()) !== columns.get(field));
  if (twice !== undefined) throw new UnreadableFileError(`its header has the column ${twice} twice`);
  return { columns, width: fields.length };
}
