import { formatCheck, formatNumber, formatSpread } from './format-figure.ts';
import type { RowReport } from './run-suite.ts';

/** The rows of a suite as Markdown tables. */
export function markdownReport(reports: readonly RowReport[]): string {
  return reports.map(tableOf).join('\n');
}

function tableOf({ name, title, server, lines }: RowReport): string {
  const body = lines.map((line) => {
    const figure = `${formatNumber(line.value)} ${line.unit} ${formatSpread(line.spread)}`.trim();
    const cells = [line.what, figure, micros(line.nodeMicros), micros(line.serverMicros)];
    return `| ${[...cells, line.checks.map(formatCheck).join('<br>')].join(' | ')} |`;
  });
  const head = `| | figure | Node µs | ${server} µs | compared |\n|---|---|---|---|---|`;
  return `### ${name}: ${title}\n\n${head}\n${body.join('\n')}\n`;
}

function micros(value: number | undefined): string {
  return value === undefined ? '' : formatNumber(value);
}

/** Puts `table` between the marks of a suite. @throws Error when the document has no such marks */
export function withTable(document: string, suite: string, table: string): string {
  const begin = `<!-- bench:${suite} -->`;
  const end = `<!-- /bench:${suite} -->`;
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from < 0 || to < from) throw new Error(`The document has no "${begin}" … "${end}" to put the table between.`);
  return `${document.slice(0, from + begin.length)}\n\n${table}\n${document.slice(to)}`;
}
