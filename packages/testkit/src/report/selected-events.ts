import type { TraceEvent } from '../kernel/trace.ts';
import { isCalmEnd } from './event-text.ts';

/** From here on it says little. */
const MOST_REPEATS = 25;
const REPEATED = 0.5;

export interface SelectionOptions {
  /** Most events that are shown. @default 60 */
  readonly maxEvents?: number;
  /** Most processes and parts of the world that get a column. @default 6 */
  readonly maxPlaces?: number;
  /** Events of these messages are shown first. @default none */
  readonly messages?: readonly string[];
}

export interface SelectedEvents {
  /** In the order of their first event. */
  readonly places: readonly string[];
  readonly otherPlaces: readonly string[];
  /** Events, and how many were left out where some were. */
  readonly rows: readonly (TraceEvent | number)[];
}

/** The part of a run that a reader wants to see: faults and ends first, then the messages in question, then what is close to them. */
export function selectEvents(recorded: readonly TraceEvent[], options: SelectionOptions = {}): SelectedEvents {
  const { maxEvents = 60, maxPlaces = 6, messages = [] } = options;
  const events = recorded.map(atItsOwner);
  const repeated = repeatedIn(events);
  const weights = events.map((event) => {
    const weight = weightOf(event, messages);
    return weight === 1 && repeated.has(siteOf(event)) ? REPEATED : weight;
  });
  const { places, otherPlaces } = selectPlaces(events, weights, maxPlaces);
  const shown = events.flatMap((event, index) => (places.includes(event.place) ? [index] : []));
  const chosen = new Set(closest(shown, weights).slice(0, maxEvents));
  return { places, otherPlaces, rows: withGaps(events, shown, chosen) };
}

/** What happens to a process at a moment of the run stands in the column of the process. */
function atItsOwner(event: TraceEvent): TraceEvent {
  return event.kind === 'fault' && event.place === 'tick' ? { ...event, place: event.label } : event;
}

/** What a process does over and over, e.g. look for work. */
function repeatedIn(events: readonly TraceEvent[]): ReadonlySet<string> {
  const times = new Map<string, number>();
  for (const event of events) times.set(siteOf(event), (times.get(siteOf(event)) ?? 0) + 1);
  return new Set([...times].filter(([, count]) => count > MOST_REPEATS).map(([site]) => site));
}

function siteOf({ place, label }: TraceEvent): string {
  return `${place}/${label}`;
}

/** How much an event says about a failure. */
function weightOf({ kind, messages, label }: TraceEvent, wanted: readonly string[]): number {
  if (kind === 'fault') return 4;
  if (messages.some((id) => wanted.includes(id))) return 3;
  if (kind === 'process' && label !== 'started' && !isCalmEnd(label)) return 2;
  return kind === 'process' ? 0 : 1;
}

function selectPlaces(events: readonly TraceEvent[], weights: readonly number[], maxPlaces: number) {
  const heaviest = new Map<string, number>();
  for (const [index, { place }] of events.entries()) {
    // The moments of a run and the empty place are no column.
    if (place === '') continue;
    heaviest.set(place, Math.max(heaviest.get(place) ?? 0, weights[index] ?? 0));
  }
  const all = [...heaviest.keys()];
  const chosen = new Set(
    [...heaviest]
      .sort(([, a], [, b]) => b - a)
      .slice(0, maxPlaces)
      .map(([place]) => place),
  );
  return {
    places: all.filter((place) => chosen.has(place)),
    otherPlaces: all.filter((place) => !chosen.has(place)),
  };
}

/** Indexes by weight, then by their distance to a fault. */
function closest(shown: readonly number[], weights: readonly number[]): readonly number[] {
  const faults = shown.filter((index) => weights[index] === 4);
  const distance = (index: number) =>
    faults.reduce((least, fault) => Math.min(least, Math.abs(fault - index)), faults.length === 0 ? 0 : Infinity);
  const keys = new Map(shown.map((index) => [index, distance(index) - 1_000_000 * rankOf(weights[index] ?? 0)]));
  return [...shown].sort((a, b) => (keys.get(a) ?? 0) - (keys.get(b) ?? 0));
}

function rankOf(weight: number): number {
  return weight === REPEATED ? -1 : Math.max(0, weight - 1);
}

function withGaps(events: readonly TraceEvent[], shown: readonly number[], chosen: ReadonlySet<number>) {
  const rows: (TraceEvent | number)[] = [];
  for (const index of shown) {
    const event = events[index];
    if (event !== undefined && chosen.has(index)) rows.push(event);
    else if (typeof rows.at(-1) === 'number') rows.push((rows.pop() as number) + 1);
    else rows.push(1);
  }
  return rows;
}
