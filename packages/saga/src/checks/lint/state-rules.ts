import { quoted } from '@holdfast/core';
import type { StateDefinition } from '../../definition/saga-definition.ts';
import type { LintFinding } from './lint-finding.ts';
import type { LintedSaga } from './linted-saga.ts';

/** States that nobody comes to or leaves. */
export function stateFindings(saga: LintedSaga): readonly LintFinding[] {
  return [
    ...[...saga.definition.states.keys()].filter((name) => !saga.reachable.has(name)).map(unreachable),
    ...saga.states.flatMap((state) => [...exitFindings(saga, state), ...parkedFindings(saga, state)]),
    ...shadowed(saga),
  ];
}

function unreachable(state: string): LintFinding {
  const message = `No transition leads to state ${quoted(state)} from the start: remove it, or say what leads there.`;
  return { rule: 'unreachable-state', state, message };
}

function exitFindings(saga: LintedSaga, state: StateDefinition): readonly LintFinding[] {
  const { name, kind, operator } = state;
  if (kind === 'final') return [];
  if (kind === 'attention') {
    if (operator.size > 0) return [];
    const message = `State ${quoted(name)} waits for a person, who can do nothing there: give it an operator's action.`;
    return [{ rule: 'attention-without-action', state: name, message }];
  }
  const exits = saga.edgesFrom(name).filter(({ to }) => to !== name);
  if (exits.length === 0) {
    const message = `Nothing leads out of state ${quoted(name)}: give it a transition, or make it final.`;
    return [{ rule: 'dead-end', state: name, message }];
  }
  if (takesTimer(saga, state)) return [];
  const message = `Only events lead out of state ${quoted(name)}, and they may never come: give it a timer.`;
  return [{ rule: 'no-timeout', state: name, message }];
}

/** One that can be set there, by the state or by some transition; a timer that only sends again counts, since somebody goes on. */
function takesTimer({ liveEdges }: LintedSaga, { timers }: StateDefinition): boolean {
  return [...timers].some(
    ([timer, { afterMs }]) =>
      afterMs !== null || liveEdges.some(({ transition }) => transition.schedule.some((set) => set.timer === timer)),
  );
}

/** An event that is parked where no later state takes it is never looked at again. */
function parkedFindings(saga: LintedSaga, { name, unexpected, events }: StateDefinition): readonly LintFinding[] {
  const later = [...saga.reachableFrom([name])].flatMap((state) => saga.definition.states.get(state) ?? []);
  return [...unexpected].flatMap(([event, policy]): readonly LintFinding[] => {
    const isReleased = later.some((state) => state.events.has(event) || state.unexpected.get(event) === 'ignore');
    if (policy !== 'park' || events.has(event) || isReleased) return [];
    const message = `State ${quoted(name)} parks event ${quoted(event)}, and no state that follows takes it: ignore it or refuse it.`;
    return [{ rule: 'parked-for-ever', state: name, event, message }];
  });
}

function shadowed({ edges }: LintedSaga): readonly LintFinding[] {
  return edges
    .filter(({ isShadowed }) => isShadowed)
    .map(({ from, cause, name }) => {
      const place = from === null ? 'the start' : `state ${quoted(from)}`;
      const message = `A transition of ${place} for ${cause} ${quoted(name)} stands behind one without a guard, so it is never taken: put that one last.`;
      return { rule: 'shadowed-transition', ...(from !== null && { state: from }), message };
    });
}
