import type { Envelope } from '@holdfast/core';
import type { LogCursor } from './log-cursor.ts';

/** One message in the log. */
export interface LogEntry {
  /** Grows in commit order within a key. Not gapless, and not commit order across keys. */
  readonly position: number;
  readonly envelope: Envelope;
}

/** Entries in order of position, and the cursors that they lead to. */
export interface LogPage {
  readonly entries: readonly LogEntry[];
  /** The cursor when an entry of this page, but not all, has been dealt with; its `position` is still to be set. */
  readonly within: LogCursor;
  /** The cursor when all of this page has been dealt with. */
  readonly end: LogCursor;
  /** Whether reading on from `end` at once is worth it. */
  readonly more: boolean;
}

/** The cursor after the entry at `position` of `page`, all before it included. */
export function cursorAt(page: LogPage, position: number): LogCursor {
  const last = page.entries.at(-1);
  if (last === undefined || position >= last.position) return page.end;
  return { ...page.within, position };
}
