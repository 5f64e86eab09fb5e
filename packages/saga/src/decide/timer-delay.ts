import { integerOption } from '@holdfast/core';
import type { ScheduleDefinition } from '../definition/saga-definition.ts';
import type { TransitionContext } from '../definition/saga-spec.ts';

const MAX_TIMER_MS = 10 * 365 * 86_400_000;

/** How long a timer runs, in milliseconds. @throws InvalidOptionError */
export function timerDelay(afterMs: ScheduleDefinition['afterMs'], data: unknown, context: TransitionContext): number {
  const given = typeof afterMs === 'function' ? afterMs(data, context) : afterMs;
  return integerOption('afterMs', Math.ceil(given), { min: 0, max: MAX_TIMER_MS });
}
