import { attemptsOf, type PlannedStep } from './planned-step.ts';
import type { StepFailure, StepStatus, StepsData } from './steps-data.ts';

export function statusOf(data: StepsData, { name }: PlannedStep): StepStatus | undefined {
  return data.steps[name];
}

export function hasStatus(data: StepsData, step: PlannedStep, statuses: readonly StepStatus[]): boolean {
  const status = statusOf(data, step);
  return status !== undefined && statuses.includes(status);
}

export function withStatus(data: StepsData, { name }: PlannedStep, status: StepStatus): StepsData {
  return { ...data, steps: { ...data.steps, [name]: status } };
}

/** It is sent for the first time, or by a person who begins anew. */
export function asked(data: StepsData, step: PlannedStep, status: 'waiting' | 'undoing' = 'waiting'): StepsData {
  return withStatus({ ...data, attempts: { ...data.attempts, [step.name]: 1 } }, step, status);
}

/** It is sent once more. */
export function askedAgain(data: StepsData, step: PlannedStep, status: 'waiting' | 'undoing' = 'waiting'): StepsData {
  const attempts = { ...data.attempts, [step.name]: attemptsOf(data, step.name) + 1 };
  return withStatus({ ...data, attempts }, step, status);
}

export function succeeded(data: StepsData, step: PlannedStep, result: unknown): StepsData {
  return withStatus({ ...data, done: { ...data.done, [step.name]: result } }, step, 'done');
}

/** Whether a success would be late: also of one that said that it failed, which was sent twice and may have failed and succeeded. */
export function isOpen(data: StepsData, step: PlannedStep): boolean {
  return hasStatus(data, step, ['unknown', 'unclear', 'dismissed', 'failed']);
}

/**
 * Whether an unclear outcome says something new of a step that is given up. One that failed cannot be unclear when it was sent once; a
 * person who dismissed it did not know of a second outcome.
 */
export function isLeftOpen(data: StepsData, step: PlannedStep): boolean {
  return (
    hasStatus(data, step, ['unknown', 'dismissed']) ||
    (hasStatus(data, step, ['failed']) && attemptsOf(data, step.name) > 1)
  );
}

/** The first failure is the one that counts. */
export function withFailure(data: StepsData, failure: StepFailure): StepsData {
  return data.failure === null ? { ...data, failure } : data;
}
