import type { LooseReaction } from '../definition/loose-spec.ts';
import { withFailure } from './step-changes.ts';
import type { StepEdges } from './step-edges.ts';
import type { StepsData } from './steps-data.ts';

export const HELD = 'held';

/** What becomes of an instance that somebody has to look at before its first step. */
export function heldReactions(edges: StepEdges): LooseReaction {
  const { route } = edges;
  const first = route.stages[0]?.name ?? '';
  return {
    operator: {
      release: { to: first, data: (data) => route.enter(0, data as StepsData).data, ...edges.arrival(first) },
      cancel: {
        to: 'compensated',
        data: (data) =>
          route.undo(withFailure(data as StepsData, { step: HELD, cause: 'operator', reason: null })).data,
        ...edges.arrival('compensated'),
      },
    },
  };
}
