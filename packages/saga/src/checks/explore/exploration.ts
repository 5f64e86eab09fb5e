import type { DataChange } from '../../runtime/data-change.ts';
import type { CuttingBound } from './explore-options.ts';

/** One step of a counterexample. */
export interface ExploredStep {
  /** From 1. */
  readonly number: number;
  readonly kind: 'event' | 'command' | 'timer' | 'operator' | 'lost';
  /** Of the event, the command, the timer or the action. */
  readonly name: string;
  /** The message came before. */
  readonly redelivered: boolean;
  /** What becomes of it: the participant's label, or the saga's decision (`moved`, `ignored`, `parked`, `failed`, `stale`). */
  readonly outcome: string;
  /** State of the saga before and after; `null`: it has not begun. */
  readonly from: string | null;
  readonly to: string | null;
  /** The guards' labels. */
  readonly labels: readonly string[];
  /** Commands that are sent, or events that a participant answers. */
  readonly sent: readonly string[];
  readonly world: readonly DataChange[];
  readonly text: string;
}

/** A property that does not hold, and the shortest way to where it does not. */
export interface Violation {
  readonly property: string;
  readonly detail: string;
  readonly steps: readonly ExploredStep[];
  /** The steps from this index on can repeat for ever; `null` when it is no endless run. */
  readonly repeatsFrom: number | null;
  /** Numbered steps and where they lead, for people. */
  readonly text: string;
  /** A Mermaid sequence diagram. */
  readonly diagram: string;
}

export interface Exploration {
  /** Different states that were seen. */
  readonly states: number;
  readonly transitions: number;
  /** Steps of the longest of the shortest runs. */
  readonly depth: number;
  readonly elapsedMs: number;
  /** Everything was seen: `false` when {@link cut} names bounds, and when it stopped at a violation. */
  readonly complete: boolean;
  /** The bounds that left something out. */
  readonly cut: readonly CuttingBound[];
  /** States of the definition that no run came to. */
  readonly unreached: readonly string[];
  readonly violation: Violation | null;
}
