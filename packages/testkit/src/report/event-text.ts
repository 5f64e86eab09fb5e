import type { TraceEvent } from '../kernel/trace.ts';

/** Where a fault is to be found: its column says the process. */
const addressed = / at [^/]+\//;
const calmEnds: ReadonlySet<string> = new Set(['is to stop', 'stopped', 'done']);

/** Whether a process ended by its own code. */
export function isCalmEnd(label: string): boolean {
  return calmEnds.has(label);
}

/** What happened, in a few words. Faults are marked by `!!`, ends of processes by `xx`. */
export function eventText({ kind, label, note, life }: TraceEvent): string {
  switch (kind) {
    case 'io':
      return label;
    case 'failed':
      return `${label} failed`;
    case 'fault':
      return `!! ${note === '' ? label : note.replace(addressed, ' ')}`;
    case 'process':
      return label === 'started' ? `started, life ${life}` : isCalmEnd(label) ? label : `xx ${label}`;
    case 'seen':
      return `seen: ${label}`;
    case 'note':
      return note === '' ? label : `${label}: ${note}`;
  }
}

/** Virtual time, always with one digit after the point. */
export function timeText(ms: number): string {
  return `${ms.toLocaleString('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 })} ms`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;

/** On one line, of at most so many characters. */
export function cutText(text: string, length: number): string {
  const line = text.replace(CONTROL, ' ');
  return line.length <= length ? line : `${line.slice(0, Math.max(0, length - 1)).toWellFormed()}…`;
}
