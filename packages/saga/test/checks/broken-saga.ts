import type { SagaDefinition, StateDefinition, TransitionDefinition } from '../../src/index.ts';

/** A copy of the definition with one state changed: a definition is data. */
export function broken<Definition extends SagaDefinition>(
  definition: Definition,
  state: string,
  change: (state: StateDefinition) => Partial<StateDefinition>,
): Definition {
  const old = definition.states.get(state)!;
  return {
    ...definition,
    states: new Map([...definition.states, [state, { ...old, ...change(old) }]]),
    eventName: (type: string) => definition.eventName(type),
    keyOf: (message: never) => definition.keyOf(message),
  };
}

/** The reactions with another one to this event; `null`: it is not taken. */
export function reacting(
  reactions: StateDefinition['events'],
  event: string,
  change: ((transition: TransitionDefinition) => Partial<TransitionDefinition>) | null,
): StateDefinition['events'] {
  const others = [...reactions].filter(([name]) => name !== event);
  if (change === null) return new Map(others);
  const changed = reactions.get(event)!.map((transition) => ({ ...transition, ...change(transition) }));
  return new Map([...others, [event, changed]]);
}
