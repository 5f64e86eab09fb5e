import { quoted } from '@holdfast/core';
import type { StepPlan } from '../../definition/step-plan.ts';
import type { LintFinding } from './lint-finding.ts';
import type { LintedSaga } from './linted-saga.ts';

/** Steps whose effect would stay although the saga is undone. */
export function stepFindings({ definition: { steps } }: LintedSaga): readonly LintFinding[] {
  return steps.flatMap((step): readonly LintFinding[] => {
    const reason = whyItWouldStay(step, steps);
    if (step.compensation !== null || step.afterPointOfNoReturn || reason === null) return [];
    const message = `Step ${quoted(step.name)} has no compensation, but ${reason}: what it did would stay. Give it one, or accept this.`;
    return [{ rule: 'missing-compensation', step: step.name, message }];
  });
}

function whyItWouldStay(step: StepPlan, steps: readonly StepPlan[]): string | null {
  const failing = steps.find((other) => other !== step && other.stage >= step.stage && undoesOthers(other));
  if (failing !== undefined) return `step ${quoted(failing.name)} may fail when it is done`;
  return step.timeout?.unanswered === 'compensate' ? 'it may succeed after it was given up' : null;
}

function undoesOthers({ canFail, afterPointOfNoReturn }: StepPlan): boolean {
  return canFail && !afterPointOfNoReturn;
}
