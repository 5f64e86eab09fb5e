import type { LooseTransition } from '../definition/loose-spec.ts';
import type { PlannedStep } from './planned-step.ts';
import { hasStatus } from './step-changes.ts';
import { undoOf } from './step-edges.ts';
import type { StepsData } from './steps-data.ts';

/**
 * Transitions that are refused while a person asks for them, when a step that is taken as done could not be undone without its result: later,
 * after the steps that are undone before it, the answer of another step would fail, and nothing would lead on.
 * Their `data` throws UnknownResultError.
 */
export function onlyIfUndoable(
  transitions: readonly LooseTransition[],
  steps: readonly PlannedStep[],
): readonly LooseTransition[] {
  return transitions.map((transition) => ({
    ...transition,
    data: (data, input, context) => {
      const next = transition.data?.(data, input, context) as StepsData;
      const withoutResult = steps.filter(
        (step) => hasStatus(next, step, ['done', 'undoing']) && !Object.hasOwn(next.done, step.name),
      );
      for (const make of withoutResult.flatMap((step) => Object.values(undoOf(step).send ?? {}))) {
        make?.(next, input, context);
      }
      return next;
    },
  }));
}
