import { quoted } from '@holdfast/core';
import type { DefinitionEdge } from '../definition-edge.ts';
import type { LintFinding } from './lint-finding.ts';
import type { LintedSaga } from './linted-saga.ts';

/** A timer that transitions schedule lives across states; where it runs out in one that does not take it, nothing happens. */
export function timerFindings(saga: LintedSaga): readonly LintFinding[] {
  return saga.definition.timers.flatMap((timer) =>
    saga.states
      .filter((state) => !state.timers.has(timer) && whereSet(saga, timer).has(state.name))
      .map((state) => ({
        rule: 'timer-lost' as const,
        state: state.name,
        timer,
        message: `Timer ${quoted(timer)} may still be set in state ${quoted(state.name)}, which does not take it: take it there, or cancel it on the way.`,
      })),
  );
}

/** The states in which it may be set because a transition scheduled it. */
function whereSet(saga: LintedSaga, timer: string): ReadonlySet<string> {
  const scheduled = saga.liveEdges
    .filter(({ transition }) => transition.schedule.some((set) => set.timer === timer))
    .map(({ to }) => to);
  return saga.reachableFrom(scheduled, (edge) => survives(saga, edge, timer));
}

function survives(
  { definition }: LintedSaga,
  { from, to, cause, name, transition }: DefinitionEdge,
  timer: string,
): boolean {
  const leavesItsState =
    transition.to !== null && definition.states.get(from ?? '')?.timers.get(timer)?.afterMs != null;
  const target = definition.states.get(to);
  const endsIt = transition.to !== null && target?.kind === 'final' && !target.timers.has(timer);
  const ranOut = cause === 'timer' && name === timer;
  return !(transition.cancel.includes(timer) || leavesItsState || endsIt || ranOut);
}
