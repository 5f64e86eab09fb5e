import type { TraceEvent } from '../kernel/trace.ts';
import type { FailedRun } from '../report/failed-run.ts';
import type { FailingFault } from './crash-everywhere-failed-error.ts';
import type { CrashRun } from './crash-run.ts';
import { handlerName, queueName } from './delivery-loop.ts';

export interface CrashedRunOptions {
  readonly failing: readonly FailingFault[];
  readonly runs: number;
  readonly pairs: number;
  readonly seed: number;
  /** The run of the first one. */
  readonly recorded: CrashRun;
}

const MOST_LISTED = 20;

/** The first run that failed, for a report that lists the others too. */
export function crashedRun({ failing, runs, pairs, seed, recorded }: CrashedRunOptions): FailedRun {
  const [first, ...others] = failing;
  if (first === undefined) throw new TypeError('Nothing has failed.');
  const what = pairs === 0 ? 'single faults' : 'single faults and pairs';
  const count = `${failing.length} of ${runs + pairs} ${what}`;
  const list = others.slice(0, MOST_LISTED).map(({ faults, problems: [problem] }) => {
    const names = faults.map(({ kind, at }) => `${kind} ${at}`);
    return `  ${names.join(', then ')}: ${problem?.message ?? ''}`;
  });
  const kinds = [...new Set(first.faults.map(({ kind }) => `'${kind}'`))];
  if (others.length > MOST_LISTED) list.push(`  and ${others.length - MOST_LISTED} more`);
  return {
    title: `The handler does not survive ${count}. The first one`,
    seed,
    replay: `crashEverywhere(…) again: it takes the same course each time. kinds: [${kinds.join(', ')}] leaves the others out.`,
    problems: first.problems,
    faults: first.faults,
    events: withMessages(recorded.events),
    ...(recorded.messages.length === 1 && { messages: recorded.messages }),
    seeAlso: list.length === 0 ? [] : ['The others', ...list],
  };
}

/** What a process does between a delivery and the end of it is about the message, also where the I/O does not say so. */
export function withMessages(events: readonly TraceEvent[]): readonly TraceEvent[] {
  const current = new Map<string, readonly string[]>();
  // An answer to the queue says nothing that a delivery and a settlement do not.
  const told = events.filter(({ place, label }) => place !== queueName || !label.startsWith(`${handlerName}-`));
  return told.map((event) => {
    const { place, kind, label, messages } = event;
    if (!place.startsWith(`${handlerName}-`)) return event;
    if (kind === 'process' && (label === 'started' || label === 'is to stop')) current.delete(place);
    if (kind === 'note' && label === 'is delivered') current.set(place, messages);
    const about = current.get(place);
    return messages.length > 0 || about === undefined ? event : { ...event, messages: about };
  });
}
