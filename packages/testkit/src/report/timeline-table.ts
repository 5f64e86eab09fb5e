import type { TraceEvent } from '../kernel/trace.ts';
import { cutText, eventText, timeText } from './event-text.ts';
import { type SelectionOptions, selectEvents } from './selected-events.ts';

export interface TimelineOptions extends SelectionOptions {
  /** Most characters of a column. @default 34 */
  readonly columnWidth?: number;
}

/** What happened as a table with a column for each process, time downwards; bounded, with what is around the faults. */
export function timelineTable(events: readonly TraceEvent[], options: TimelineOptions = {}): string {
  const { columnWidth = 34 } = options;
  const { places, otherPlaces, rows } = selectEvents(events, options);
  const cells = rows.map((row) =>
    typeof row === 'number'
      ? ['…', `(${row} more)`]
      : [timeText(row.at), ...places.map((place) => (place === row.place ? cutText(eventText(row), columnWidth) : ''))],
  );
  const table = [['time', ...places.map((place) => cutText(place, columnWidth))], ...cells];
  const lines = alignColumns(table, { right: [0] });
  if (otherPlaces.length > 0) lines.push(`not shown: ${cutText(otherPlaces.join(', '), 200)}`);
  return lines.join('\n');
}

/** Lines of a table, columns two spaces apart. */
export function alignColumns(
  table: readonly (readonly string[])[],
  { right = [] }: { readonly right?: readonly number[] } = {},
): string[] {
  const widths: number[] = [];
  for (const row of table) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  return table.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return right.includes(column) ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
}
