import type { LaneClaim, LaneStore } from '../store/lane-store.ts';
import type { LogCursor } from '../store/log-cursor.ts';
import type { LogPage } from '../store/log-page.ts';

export interface LaneReaderOptions {
  readonly lanes: LaneStore;
  readonly claim: LaneClaim;
  /** Most entries of one read. */
  readonly pageSize: number;
  /** Reads ask for fewer entries when these many bytes of bodies would be exceeded, judging by the last page. */
  readonly pageBytes: number;
  /** The newest floor of the cursor. */
  readonly floor: () => number;
  /** A page came, or the read failed. */
  readonly onPage: (page: LogPage | null) => void;
}

/** The first read is small: nothing is known yet about the size of bodies. */
const FIRST_PAGE = 100;

/** Reads a lane page by page, ahead of what is being published. One read at a time. */
export class LaneReader {
  readonly #options: LaneReaderOptions;
  #cursor: LogCursor;
  #limit: number;
  #reading = false;
  #lastRead: Promise<void> = Promise.resolve();
  #exhausted = false;
  #error: unknown = null;
  #entriesRead = 0;

  constructor(options: LaneReaderOptions) {
    this.#options = options;
    this.#cursor = options.claim.cursor;
    this.#limit = Math.min(FIRST_PAGE, options.pageSize);
  }

  get entriesRead(): number {
    return this.#entriesRead;
  }

  get reading(): boolean {
    return this.#reading;
  }

  /** Resolves when no read is under way. Does not reject. */
  settled(): Promise<void> {
    return this.#lastRead;
  }

  /** Whether the last read reached the end of the log. */
  get exhausted(): boolean {
    return this.#exhausted;
  }

  /** Looks again, even if the end was reached before. */
  rearm(): void {
    this.#exhausted = false;
  }

  /** Begins the next read, unless one is under way or the end was reached. */
  begin(): void {
    if (this.#reading || this.#exhausted || this.#error !== null) return;
    this.#reading = true;
    this.#lastRead = this.#read();
  }

  /** Rethrows the error of a read that failed. */
  throwIfFailed(): void {
    const error = this.#error;
    this.#error = null;
    if (error !== null) throw error;
  }

  async #read(): Promise<void> {
    const { lanes, claim, floor, onPage } = this.#options;
    let page: LogPage | null = null;
    try {
      page = await lanes.read(claim, { ...this.#cursor, floor: floor() }, this.#limit);
      this.#cursor = page.end;
      this.#entriesRead += page.entries.length;
      this.#exhausted = !page.more;
      this.#limit = this.#nextLimit(page);
    } catch (error) {
      this.#error = error;
    } finally {
      this.#reading = false;
    }
    onPage(page);
  }

  #nextLimit(page: LogPage): number {
    const { pageSize, pageBytes } = this.#options;
    if (page.entries.length === 0) return this.#limit;
    const bytes = page.entries.reduce((sum, entry) => sum + entry.envelope.body.byteLength, 0);
    const fitting = Math.floor(pageBytes / Math.max(1, bytes / page.entries.length));
    return Math.max(1, Math.min(pageSize, fitting));
  }
}
