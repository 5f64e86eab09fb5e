import type { Fault } from '../faults/fault.ts';
import type { Problem } from '../kernel/problem.ts';
import type { TraceEvent } from '../kernel/trace.ts';

/** A run that failed, recorded: all that a report is made of. */
export interface FailedRun {
  /** What failed, e.g. `The order flow`. */
  readonly title: string;
  readonly seed: number;
  /** What to write to see it again, one or several lines. */
  readonly replay: string;
  readonly problems: readonly Problem[];
  /** As few as lead to it. */
  readonly faults: readonly Fault[];
  /** In the order in which they happened. */
  readonly events: readonly TraceEvent[];
  /** Ids of the messages whose life is told. @default those that the problems name, or else the one that the first fault is about */
  readonly messages?: readonly string[];
  /** Where more is to be found, e.g. the saved plan or the diagram, one line each. @default nothing */
  readonly seeAlso?: readonly string[];
}
