import type { SagaDefinition } from '../definition/saga-definition.ts';
import type { TransitionContext } from '../definition/saga-spec.ts';
import { UnknownStateError } from '../errors/unknown-state-error.ts';
import { checkedData } from './checked-data.ts';
import type { Moved } from './decision.ts';
import { timerDelay } from './timer-delay.ts';

export interface Placement {
  /** `null`: it begins. */
  readonly from: string | null;
  readonly to: string;
  readonly data: unknown;
  readonly context: TransitionContext;
  /** Timers that are set and may not fit any more. @default none */
  readonly timers?: readonly string[];
}

/**
 * An instance is put into a state from outside, without a transition: nothing is sent, the timers of the state are set. Of those that
 * run, the ones that transitions have scheduled go on, if some state of the definition takes them so, and all others end.
 * @throws UnknownStateError, SagaDataError
 */
export function placed(definition: SagaDefinition, { from, to, data, context, timers = [] }: Placement): Moved {
  const state = definition.states.get(to);
  if (state === undefined) throw new UnknownStateError(definition, to);
  const checked = checkedData({ saga: definition.name, state: to, schema: state.schema }, data);
  const schedule = [...state.timers].flatMap(([timer, { afterMs }]) =>
    afterMs === null ? [] : [{ timer, afterMs: timerDelay(definition, afterMs, { data: checked, context }) }],
  );
  const takers = state.kind === 'final' ? [state] : [...definition.states.values()];
  const goesOn = (timer: string) =>
    takers.some((taker) => taker.timers.get(timer)?.afterMs === null) &&
    !schedule.some((scheduled) => scheduled.timer === timer);
  return {
    kind: 'moved',
    from,
    to,
    data: checked,
    label: null,
    sent: [],
    cancel: timers.filter((timer) => !goesOn(timer)),
    schedule,
  };
}
