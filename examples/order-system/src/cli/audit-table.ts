import { styleText } from 'node:util';
import type { AuditReport } from '../audit/audit-report.ts';
import type { ProgressStream } from './progress.ts';

/** The audit for a person to read. In colour on a terminal that wants it. */
export function auditTable({ invariants, accepted, rejectedLines, ok }: AuditReport, stream: ProgressStream): string {
  const isColoured = stream.isTTY === true && (process.env['NO_COLOR'] ?? '') === '';
  const paint = (colour: 'green' | 'red', text: string) =>
    isColoured ? styleText(colour, text, { validateStream: false }) : text;
  const width = Math.max(...invariants.map(({ name }) => name.length));
  const rows = invariants.map(({ name, ok: holds, detail }) => {
    const mark = holds ? paint('green', ' ok  ') : paint('red', 'FAIL ');
    return ` ${mark} ${name.padEnd(width)}  ${detail}`;
  });
  const broken = invariants.filter((invariant) => !invariant.ok).length;
  const verdict = ok
    ? paint('green', `All ${invariants.length} invariants hold`)
    : paint('red', `${broken} of ${invariants.length} invariants do not hold`);
  const summary = `${accepted.toLocaleString('en')} orders accepted, ${rejectedLines.toLocaleString('en')} lines rejected`;
  return ['', 'Audit', ...rows, '', `${verdict}: ${summary}.`, ''].join('\n');
}
