import type { SagaDefinition } from '../definition/saga-definition.ts';
import type { WaitingCount } from '../store/saga-waiting-queries.ts';

/**
 * Whether a timer that is set can still do something: its state takes it, or it is one that transitions schedule and some state takes;
 * a timer of another state ends at the latest when that one is entered.
 */
export function takesTimer(definition: SagaDefinition, { state, name }: WaitingCount): boolean {
  if (definition.states.get(state ?? '')?.timers.has(name) === true) return true;
  return [...definition.states.values()].some(({ timers }) => timers.get(name)?.afterMs === null);
}

/** Whether some state takes an event that is parked, or, when the instance has not begun, whether it could begin it. */
export function takesEvent(definition: SagaDefinition, { name: type }: WaitingCount): boolean {
  const name = definition.eventName(type);
  if (name === undefined) return false;
  return definition.start.has(name) || [...definition.states.values()].some(({ events }) => events.has(name));
}
