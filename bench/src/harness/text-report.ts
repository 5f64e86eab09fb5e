import { formatCheck, formatNumber, formatSpread } from './format-figure.ts';
import type { Line } from './line.ts';
import type { RowReport } from './run-suite.ts';

/** One row for people: its lines in columns, what they are compared with below each. */
export function textReport({ name, title, server, seconds, lines }: RowReport): string {
  const cells = lines.map((line) => cellsOf(line, server));
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...cells.map((cell) => cell[column]?.length ?? 0)));
  const body = lines.flatMap((line, index) => [
    `  ${(cells[index] ?? []).map((cell, column) => pad(cell, widths[column] ?? 0, column)).join('  ')}`.trimEnd(),
    ...line.checks.map((check) => `      ${formatCheck(check)}`),
  ]);
  return [`${name}: ${title} (${Math.round(seconds)} s)`, ...body, ''].join('\n');
}

function cellsOf({ what, value, unit, spread, nodeMicros, serverMicros }: Line, server: string): readonly string[] {
  return [
    what,
    `${formatNumber(value)} ${unit}`,
    formatSpread(spread),
    nodeMicros === undefined ? '' : `Node ${formatNumber(nodeMicros)} µs`,
    serverMicros === undefined ? '' : `${server} ${formatNumber(serverMicros)} µs`,
  ];
}

function pad(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}
