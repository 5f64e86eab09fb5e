import { stripVTControlCharacters } from 'node:util';

/** Where progress is written: a terminal, a file, a pipe. */
export interface ProgressStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

const CLEAR_LINE = '\r\u001b[2K';

export interface ProgressOptions {
  /** How often the line that changes is written where lines cannot change. @default 1_000 */
  readonly plainEveryMs?: number;
}

/** Lines that stay, and one at the bottom that changes. Where lines cannot change, that one is written now and then. */
export class Progress {
  readonly #stream: ProgressStream;
  readonly #plainEveryMs: number;
  readonly #started = performance.now();
  #current = '';
  #writtenAt = Number.NEGATIVE_INFINITY;
  #written = '';

  constructor(stream: ProgressStream, { plainEveryMs = 1_000 }: ProgressOptions = {}) {
    this.#stream = stream;
    this.#plainEveryMs = plainEveryMs;
  }

  /** A line that stays, with the time since the start. */
  line(text: string): void {
    const seconds = ((performance.now() - this.#started) / 1_000).toFixed(1);
    this.#stay(`${seconds.padStart(6)} s  ${text}\n`, this.#stream);
  }

  /** Text that stays, as it is, on this or another stream. */
  print(text: string, stream: ProgressStream = this.#stream): void {
    this.#stay(text, stream);
  }

  /** The line that changes. */
  status(text: string): void {
    if (this.#stream.isTTY !== true) {
      this.#sometimes(text);
      return;
    }
    this.#current = fitted(`          ${text}`, this.#stream.columns ?? 80);
    this.#draw();
  }

  /** Takes the changing line away. */
  end(): void {
    if (this.#current !== '') this.#stream.write(CLEAR_LINE);
    this.#current = '';
  }

  #stay(text: string, stream: ProgressStream): void {
    if (this.#current !== '') this.#stream.write(CLEAR_LINE);
    stream.write(text);
    this.#draw();
  }

  #draw(): void {
    if (this.#current !== '') this.#stream.write(`${CLEAR_LINE}${this.#current}`);
  }

  #sometimes(text: string): void {
    const now = performance.now();
    if (text === this.#written || now - this.#writtenAt < this.#plainEveryMs) return;
    this.#writtenAt = now;
    this.#written = text;
    this.line(text);
  }
}

/** A line that wraps could not be taken back. */
function fitted(text: string, columns: number): string {
  const plain = stripVTControlCharacters(text);
  return plain.length < columns ? plain : `${plain.slice(0, Math.max(0, columns - 2))}…`;
}
