import { HoldfastError, quoted } from '@holdfast/core';

/** A scenario came to something else than a test expects, or was given what cannot be. A test's tool: it shows data. */
export class ScenarioError extends HoldfastError {
  readonly code = 'ERR_SAGA_SCENARIO';
  override readonly failureClass = 'permanent';
  readonly saga: string;
  /** What differs, one line each. */
  readonly differences: readonly string[];

  constructor(saga: string, differences: readonly string[], trace: readonly string[]) {
    const happened = trace.length === 0 ? ['nothing yet'] : trace;
    super(
      [
        `The scenario of saga ${quoted(saga)} differs from what is expected:`,
        ...differences.map((line) => `  - ${line}`),
        'What happened:',
        ...happened.map((line, index) => `  ${index + 1}. ${line}`),
      ].join('\n'),
    );
    this.saga = saga;
    this.differences = differences;
  }
}
