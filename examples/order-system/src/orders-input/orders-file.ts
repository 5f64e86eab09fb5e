import { createReadStream } from 'node:fs';
import { basename, extname } from 'node:path';
import { CsvOrderLines } from './csv-order-lines.ts';
import type { InputOrder } from './input-order.ts';
import { JsonOrderLines } from './json-order-lines.ts';
import type { LineParser } from './line-parser.ts';
import { LineSplitter, type PhysicalLine } from './line-splitter.ts';
import { type BadLine, isBadLine, type OrderLine } from './order-line.ts';
import type { OrderSource } from './order-source.ts';
import { StagedOrders } from './staged-orders.ts';
import { UnreadableFileError } from './unreadable-file-error.ts';

export interface ReadOrdersOptions {
  readonly onRejected: (line: BadLine) => void;
  /** Told now and then how far the reading has come. */
  readonly onProgress?: (lines: number) => void;
  readonly signal?: AbortSignal;
}

const JSON_LINES = new Set(['.jsonl', '.ndjson', '.json']);
const UTF_16 = ['fffe', 'feff'];

/** Orders of a CSV or JSON Lines file, read to its end and checked. */
export class OrdersFile implements OrderSource {
  readonly name: string;
  readonly #path: string;
  readonly #options: ReadOrdersOptions;
  readonly #staged = new StagedOrders();
  #parser: LineParser | null = null;
  #lineCount = 0;
  #rejectedLineCount = 0;

  private constructor(path: string, options: ReadOrdersOptions) {
    this.name = basename(path);
    this.#path = path;
    this.#options = options;
  }

  /**
   * Reads the file, with a memory that does not grow with it. Every line that is not used is told to `onRejected`.
   * @throws UnreadableFileError when it cannot be opened, is empty, or is neither CSV with our header nor JSON Lines
   */
  static async read(path: string, options: ReadOrdersOptions): Promise<OrdersFile> {
    const file = new OrdersFile(path, options);
    try {
      await file.#read();
      return file;
    } catch (error) {
      file.close();
      throw error;
    }
  }

  get orderCount(): number {
    return this.#staged.orderCount;
  }

  get lineCount(): number {
    return this.#lineCount;
  }

  get rejectedLineCount(): number {
    return this.#rejectedLineCount;
  }

  orders(): Iterable<InputOrder> {
    return this.#staged.orders();
  }

  close(): void {
    this.#staged.close();
  }

  async #read(): Promise<void> {
    const splitter = new LineSplitter();
    for await (const chunk of chunksOf(this.#path, this.#options.signal)) {
      this.#parse(splitter.push(chunk));
      this.#options.onProgress?.(this.#lineCount);
    }
    this.#parse(splitter.end());
    if (this.#parser === null) throw new UnreadableFileError('it is empty');
    this.#stage(this.#parser.end());
    for (const line of this.#staged.rejectedWithTheirOrder()) this.#reject(line);
  }

  #parse(lines: readonly PhysicalLine[]): void {
    for (const line of lines) {
      if (this.#parser === null && line.text.trim() === '') continue;
      this.#parser ??= parserFor(this.#path, line);
      this.#stage(this.#parser.push(line));
    }
  }

  #stage(lines: readonly (OrderLine | BadLine)[]): void {
    for (const line of lines) {
      this.#lineCount += 1;
      if (isBadLine(line)) this.#staged.reject(line);
      const bad = isBadLine(line) ? line : this.#staged.add(line);
      if (bad !== null) this.#reject(bad);
    }
  }

  #reject(line: BadLine): void {
    this.#rejectedLineCount += 1;
    this.#options.onRejected(line);
  }
}

/** What the file holds decides; its name only when that says nothing. */
function parserFor(path: string, first: PhysicalLine): LineParser {
  const isJson = first.text.trimStart().startsWith('{') || JSON_LINES.has(extname(path).toLowerCase());
  return isJson ? new JsonOrderLines() : new CsvOrderLines();
}

async function* chunksOf(path: string, signal: AbortSignal | undefined): AsyncGenerator<Buffer> {
  let isFirst = true;
  try {
    for await (const chunk of createReadStream(path, signal === undefined ? {} : { signal })) {
      if (isFirst && UTF_16.includes((chunk as Buffer).toString('hex', 0, 2))) {
        throw new UnreadableFileError('it is UTF-16: save it as UTF-8');
      }
      isFirst = false;
      yield chunk as Buffer;
    }
  } catch (error) {
    if (error instanceof UnreadableFileError || signal?.aborted) throw error;
    throw new UnreadableFileError(fileProblem(error), { cause: error });
  }
}

const FILE_PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'it may not be read',
};

function fileProblem(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return FILE_PROBLEMS[code] ?? `it cannot be read (${code === '' ? String(error) : code})`;
}
