import { isUtf8 } from 'node:buffer';

/** A line of a file as it is, without its end. */
export interface PhysicalLine {
  /** From 1. */
  readonly number: number;
  /** Of a line with a problem: what can be told of it. */
  readonly text: string;
  readonly problem: string | null;
}

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BYTE_ORDER_MARK = '\u{feff}';

/** No order line is longer; a file without line ends must not fill the memory. */
export const MAX_LINE_BYTES = 64 * 1024;

/** Cuts the bytes of a file into lines, whatever the chunks are that they come in. LF and CRLF, with or without BOM. */
export class LineSplitter {
  #parts: Buffer[] = [];
  #length = 0;
  #number = 0;

  /** The lines that end in this chunk. */
  push(chunk: Buffer): readonly PhysicalLine[] {
    const lines: PhysicalLine[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.#add(chunk.subarray(start, end));
      lines.push(this.#take());
      start = end + 1;
    }
    this.#add(chunk.subarray(start));
    return lines;
  }

  /** The last line, when the file does not end with a line end. */
  end(): readonly PhysicalLine[] {
    return this.#length === 0 ? [] : [this.#take()];
  }

  /** Of a line that is too long only the start is kept. */
  #add(part: Buffer): void {
    const room = MAX_LINE_BYTES - this.#length;
    // A chunk's memory may be used again for the next one.
    if (room > 0 && part.length > 0) this.#parts.push(Buffer.from(part.subarray(0, room)));
    this.#length += part.length;
  }

  #take(): PhysicalLine {
    const bytes = withoutCarriageReturn(Buffer.concat(this.#parts));
    const isTooLong = this.#length > MAX_LINE_BYTES;
    this.#parts = [];
    this.#length = 0;
    this.#number += 1;
    const decoded = bytes.toString('utf8');
    const text = this.#number === 1 && decoded.startsWith(BYTE_ORDER_MARK) ? decoded.slice(1) : decoded;
    if (isTooLong) return { number: this.#number, text, problem: `is longer than ${MAX_LINE_BYTES} bytes` };
    return { number: this.#number, text, problem: isUtf8(bytes) ? null : 'is not valid UTF-8' };
  }
}

function withoutCarriageReturn(bytes: Buffer): Buffer {
  return bytes.at(-1) === CARRIAGE_RETURN ? bytes.subarray(0, -1) : bytes;
}
