import type { Envelope } from '@holdfast/core';
import type { LogCursor, LogEntry, LogPage } from '@holdfast/outbox';

export interface EntryParts {
  readonly key?: string | null;
  readonly type?: string;
  readonly bytes?: number;
}

export function envelope(id: string, { key = null, type = 'order.placed', bytes = 2 }: EntryParts = {}): Envelope {
  return { id, source: '/test', type, key, attributes: Object.create(null), body: new Uint8Array(bytes) };
}

export function entry(position: number, parts: EntryParts = {}): LogEntry {
  return { position, envelope: envelope(`m${position}`, parts) };
}

/** A cursor that says by its texts which page it came from. */
export function cursor(position: number, texts: Partial<LogCursor> = {}): LogCursor {
  return { consumed: '', target: null, position, floor: 0, ...texts };
}

export function page(entries: readonly LogEntry[], name = 'page'): LogPage {
  const last = entries.at(-1)?.position ?? 0;
  return {
    entries,
    within: cursor(0, { target: name }),
    end: cursor(last, { consumed: name }),
    more: false,
  };
}
