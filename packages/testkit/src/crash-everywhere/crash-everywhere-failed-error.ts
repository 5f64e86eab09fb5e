import { HoldfastError } from '@holdfast/core';
import type { Fault } from '../faults/fault.ts';
import type { Problem } from '../kernel/problem.ts';

/** What the handler does not survive. */
export interface FailingFault {
  /** One fault, or a pair. */
  readonly faults: readonly Fault[];
  /** What it led to. */
  readonly problems: readonly Problem[];
}

/** A fault, or a pair, makes the handler end otherwise than without faults. The message is a report of the first one, with a list of the others. */
export class CrashEverywhereFailedError extends HoldfastError {
  readonly code = 'ERR_TESTKIT_CRASH_EVERYWHERE_FAILED';
  readonly failing: readonly FailingFault[];
  /** How many runs there were. */
  readonly runs: number;
  /** The first run that failed as a Mermaid `sequenceDiagram`. */
  readonly diagram: string;

  constructor(
    report: string,
    { failing, runs, diagram }: { failing: readonly FailingFault[]; runs: number; diagram: string },
  ) {
    super(report);
    this.failing = failing;
    this.runs = runs;
    this.diagram = diagram;
  }
}
