import type { TraceEvent } from '../kernel/trace.ts';
import { cutText, eventText, timeText } from './event-text.ts';
import { alignColumns } from './timeline-table.ts';

const MOST_ROWS = 40;
const MOST_TEXT = 100;
const MOST_PLACE = 34;

/** What happened to one message, as a table: when, where, what. Empty when nothing is known of it. */
export function messageLife(events: readonly TraceEvent[], id: string): string {
  const own = events.filter(({ messages }) => messages.includes(id));
  if (own.length === 0) return '';
  const rows = own.map((event) => [
    timeText(event.at),
    cutText(event.place, MOST_PLACE),
    cutText(eventText(event), MOST_TEXT),
  ]);
  const half = MOST_ROWS / 2;
  const shown =
    rows.length <= MOST_ROWS
      ? rows
      : [...rows.slice(0, half), ['…', '', `(${rows.length - MOST_ROWS} more)`], ...rows.slice(-half)];
  return alignColumns([['time', 'where', 'what'], ...shown], { right: [0] }).join('\n');
}
