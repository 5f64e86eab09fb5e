import type { SagaDefinition, TimerReaction, TransitionDefinition } from '../definition/saga-definition.ts';

/** One transition with its place. */
export interface DefinitionEdge {
  /** `null`: the start. */
  readonly from: string | null;
  /** Where it leads; the same state when it stays. */
  readonly to: string;
  readonly cause: 'event' | 'timer' | 'operator';
  /** Of the event, the timer or the action. */
  readonly name: string;
  /** Of a state's timer; `null` for others and for timers that transitions schedule. */
  readonly afterMs: TimerReaction['afterMs'];
  readonly transition: TransitionDefinition;
  /** An earlier transition of the same cause holds always, so that this one is never taken. */
  readonly isShadowed: boolean;
}

type Place = Pick<DefinitionEdge, 'from' | 'cause' | 'name' | 'afterMs'>;

/** All transitions of a definition: those of the start, then state by state. */
export function edgesOf(definition: SagaDefinition): readonly DefinitionEdge[] {
  const starts = [...definition.start].flatMap(([name, transitions]) =>
    placed(transitions, { from: null, cause: 'event', name, afterMs: null }),
  );
  const others = [...definition.states.values()].flatMap(({ name: from, events, timers, operator }) => [
    ...[...events].flatMap(([name, edges]) => placed(edges, { from, cause: 'event', name, afterMs: null })),
    ...[...timers].flatMap(([name, { afterMs, transitions }]) =>
      placed(transitions, { from, cause: 'timer', name, afterMs }),
    ),
    ...[...operator].flatMap(([name, edges]) => placed(edges, { from, cause: 'operator', name, afterMs: null })),
  ]);
  return [...starts, ...others];
}

function placed(transitions: readonly TransitionDefinition[], place: Place): readonly DefinitionEdge[] {
  const unguarded = transitions.findIndex(({ when }) => when === null);
  return transitions.map((transition, index) => ({
    ...place,
    to: transition.to ?? place.from ?? '',
    transition,
    isShadowed: unguarded !== -1 && index > unguarded,
  }));
}
