import type { SagaDefinition } from '../definition/saga-definition.ts';

/** What a state takes. */
export interface TakenInputs {
  readonly actions: readonly string[];
  /** By their types. */
  readonly events: readonly string[];
  readonly timers: readonly string[];
}

const NOTHING: TakenInputs = { actions: [], events: [], timers: [] };

/** What a state takes, guards aside; of `null`, what begins an instance. Nothing where the definition does not have the state. */
export function takenInputs(definition: SagaDefinition | undefined, state: string | null): TakenInputs {
  if (definition === undefined) return NOTHING;
  const typesOf = (names: Iterable<string>) => [...names].flatMap((name) => definition.events.get(name)?.type ?? []);
  if (state === null) return { ...NOTHING, events: typesOf(definition.start.keys()) };
  const known = definition.states.get(state);
  if (known === undefined) return NOTHING;
  return {
    actions: [...known.operator.keys()],
    events: typesOf(known.events.keys()),
    timers: [...known.timers.keys()],
  };
}
