import { integerOption } from '@holdfast/core';
import type { SagaDefinition, ScheduleDefinition } from '../definition/saga-definition.ts';
import type { TransitionContext } from '../definition/saga-spec.ts';
import { synchronous } from './synchronous.ts';

export const MAX_TIMER_MS = 10 * 365 * 86_400_000;

/**
 * How long a timer runs, in milliseconds: not at all when the function that tells it counts to a moment that has passed.
 * @throws InvalidOptionError, InvalidSagaError for a function that is asynchronous
 */
export function timerDelay(
  definition: SagaDefinition,
  afterMs: ScheduleDefinition['afterMs'],
  { data, context }: { readonly data: unknown; readonly context: TransitionContext },
): number {
  const given =
    typeof afterMs === 'function' ? Math.max(0, synchronous(definition, 'afterMs', afterMs(data, context))) : afterMs;
  return integerOption('afterMs', Math.ceil(given), { min: 0, max: MAX_TIMER_MS });
}
