import { PlanFaults } from '../faults/plan-faults.ts';
import type { TraceEvent } from '../kernel/trace.ts';
import type { FaultPlan } from '../plans/fault-plan.ts';
import { runCase } from './run-case.ts';
import type { WorldDefinition } from './run-world.ts';

const MOST_TRIES = 6;

/** Runs a plan again and again until two runs in a row part, and says at which event. */
export async function findParting<Facts>(definition: WorldDefinition<Facts>, plan: FaultPlan): Promise<string> {
  let before = await recorded(definition, plan);
  for (let tries = 1; tries < MOST_TRIES; tries += 1) {
    const events = await recorded(definition, plan);
    const index = partingIndex(before, events);
    if (index !== null) {
      const last = index === 0 ? null : before[index - 1];
      return [
        `They part at event ${index + 1}${last ? `, after ${eventLine(last)}` : ''}:`,
        `  one run:   ${eventLine(before[index])}`,
        `  the other: ${eventLine(events[index])}`,
      ].join('\n');
    }
    before = events;
  }
  return `When it was looked at, ${MOST_TRIES} runs took the same course: what differs comes rarely.`;
}

async function recorded<Facts>(
  definition: WorldDefinition<Facts>,
  { seed, faults }: FaultPlan,
): Promise<readonly TraceEvent[]> {
  const { events } = await runCase(definition, { seed, faults: new PlanFaults(faults), record: true });
  return events;
}

function partingIndex(one: readonly TraceEvent[], other: readonly TraceEvent[]): number | null {
  const length = Math.max(one.length, other.length);
  for (let index = 0; index < length; index += 1) {
    const [a, b] = [one[index], other[index]];
    if (a === undefined || b === undefined || !isSame(a, b)) return index;
  }
  return null;
}

function isSame(a: TraceEvent, b: TraceEvent): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function eventLine(event: TraceEvent | undefined): string {
  if (event === undefined) return 'it is over';
  const { at, kind, place, life, label, note, messages } = event;
  const who = life > 0 ? `${place} (life ${life})` : place;
  const more = [note, ...messages].filter((text) => text !== '').join(' ');
  return `${at.toFixed(3)} ms ${who} ${kind} ${label}${more === '' ? '' : ` ${more}`}`;
}
