import type { TraceEvent, TraceKind } from '../../src/kernel/trace.ts';

/** A trace from lines such as `12.5 io relay-1 bus.publish m-1`; a note comes after `|`. */
export function traceOf(lines: string): readonly TraceEvent[] {
  return lines
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => {
      const [head = '', note = ''] = line.split('|').map((part) => part.trim());
      const [at, kind, place = '', label = '', ...messages] = head.split(/\s+/);
      const life = kind === 'fault' ? 0 : 1;
      return {
        at: Number(at),
        kind: kind as TraceKind,
        place,
        life,
        label: label.replaceAll('_', ' '),
        note,
        messages,
      };
    });
}
