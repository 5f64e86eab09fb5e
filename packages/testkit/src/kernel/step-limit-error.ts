import { HoldfastError } from '@holdfast/core';

/** A run does not come to an end: something goes round in circles. */
export class StepLimitError extends HoldfastError {
  readonly code = 'ERR_TESTKIT_STEP_LIMIT';

  constructor(steps: number, busiest: string) {
    super(
      `The simulation made ${steps.toLocaleString('en')} steps and is not done; most often it did "${busiest}". Look for a loop without a pause, or raise "maxSteps".`,
    );
  }
}
