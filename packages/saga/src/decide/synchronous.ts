import type { SagaDefinition } from '../definition/saga-definition.ts';
import { InvalidSagaError } from '../errors/invalid-saga-error.ts';

/**
 * What a function of the definition gave. A promise would be stored as an empty object, sent as nothing, and hold as any guard.
 * @throws InvalidSagaError
 */
export function synchronous<Value>(
  { name }: Pick<SagaDefinition, 'name'>,
  place: 'when' | 'data' | 'send' | 'afterMs',
  value: Value,
): Value {
  if (!isThenable(value)) return value;
  Promise.resolve(value).catch(() => {}); // Refused below; its own outcome is of no interest.
  throw new InvalidSagaError(name, [`A function of "${place}" gives a promise: make it synchronous.`]);
}

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
