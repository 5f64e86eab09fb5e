import type {
  SagaDefinition,
  StateDefinition,
  TransitionDefinition,
  TransitionInput,
} from '../definition/saga-definition.ts';
import type { TransitionContext, UnexpectedPolicy } from '../definition/saga-spec.ts';
import { UnknownStateError } from '../errors/unknown-state-error.ts';
import { checkedData } from './checked-data.ts';
import type { Decision, Moved, NotMoved, SagaSnapshot, SentCommand } from './decision.ts';
import { frozen } from './frozen.ts';
import type { SagaInput } from './saga-input.ts';
import { synchronous } from './synchronous.ts';
import { timerDelay } from './timer-delay.ts';

const BY_POLICY: Readonly<Record<UnexpectedPolicy, NotMoved>> = {
  ignore: { kind: 'ignored' },
  park: { kind: 'parked' },
  fail: { kind: 'failed' },
};

/**
 * What becomes of an instance (`null`: there is none) by an input. Pure: all that runs, tests, draws or explores a saga goes through it. An
 * event's data is frozen: a function that changes it throws.
 * @throws SagaDataError, SchemaValidationError, UnknownStateError, InvalidSagaError for a function that is asynchronous, and what a function of the definition throws
 */
export function decide(
  definition: SagaDefinition,
  instance: SagaSnapshot | null,
  { input, context }: { readonly input: SagaInput; readonly context: TransitionContext },
): Decision {
  // Other sagas get the same message, and so does the next try after a conflict.
  if (input.kind === 'event') frozen(input.message.data);
  if (instance === null) return begin(definition, input, context);
  const state = stateOf(definition, instance.state);
  const given = input.kind === 'event' ? input.message : input;
  const taken = pick(transitionsOf(state, input), instance.data, { definition, input: given, context });
  if (taken === undefined) return notTaken(state, input);
  const data = taken.data === null ? instance.data : taken.data(instance.data, given, context);
  return moved(definition, { from: state, transition: taken, data, input, context });
}

function begin(definition: SagaDefinition, input: SagaInput, context: TransitionContext): Decision {
  if (input.kind !== 'event') return { kind: input.kind === 'timer' ? 'stale' : 'refused' };
  const taken = pick(definition.start.get(input.name) ?? [], undefined, { definition, input: input.message, context });
  if (taken === undefined) return BY_POLICY[definition.unmatched];
  const data = taken.data?.(undefined, input.message, context);
  return moved(definition, { from: null, transition: taken, data, input, context });
}

function notTaken(state: StateDefinition, input: SagaInput): NotMoved {
  if (input.kind === 'timer') return { kind: 'stale' };
  if (input.kind === 'operator') return { kind: 'refused' };
  return BY_POLICY[state.unexpected.get(input.name) ?? 'fail'];
}

function transitionsOf(state: StateDefinition, input: SagaInput): readonly TransitionDefinition[] {
  if (input.kind === 'event') return state.events.get(input.name) ?? [];
  if (input.kind === 'timer') return state.timers.get(input.timer)?.transitions ?? [];
  return state.operator.get(input.action) ?? [];
}

function pick(
  transitions: readonly TransitionDefinition[],
  data: unknown,
  {
    definition,
    input,
    context,
  }: { readonly definition: SagaDefinition; readonly input: TransitionInput; readonly context: TransitionContext },
): TransitionDefinition | undefined {
  return transitions.find(({ when }) => when === null || synchronous(definition, 'when', when(data, input, context)));
}

interface Taken {
  readonly from: StateDefinition | null;
  readonly transition: TransitionDefinition;
  readonly data: unknown;
  readonly input: SagaInput;
  readonly context: TransitionContext;
}

function moved(definition: SagaDefinition, { from, transition, data, input, context }: Taken): Moved {
  const to = transition.to === null && from !== null ? from : stateOf(definition, transition.to ?? '');
  const checked = checkedData(
    { saga: definition.name, state: to.name, schema: to.schema },
    synchronous(definition, 'data', data),
  );
  const given = input.kind === 'event' ? input.message : input;
  const schedule = transition.schedule.map(({ timer, afterMs }) => ({
    timer,
    afterMs: timerDelay(definition, afterMs, { data: checked, context }),
  }));
  if (transition.to !== null) {
    for (const [timer, { afterMs }] of to.timers) {
      if (afterMs !== null)
        schedule.push({ timer, afterMs: timerDelay(definition, afterMs, { data: checked, context }) });
    }
  }
  return {
    kind: 'moved',
    from: from?.name ?? null,
    to: to.name,
    data: checked,
    label: transition.label,
    sent: sentBy(definition, { transition, data: checked, given, context }),
    cancel: cancelledBy(definition, { from, to, transition, input }),
    schedule,
  };
}

/** A timer that ran out is gone; those of a state end with it; and what is over has only timers that it takes. */
function cancelledBy(
  definition: SagaDefinition,
  { from, to, transition, input }: Pick<Taken, 'from' | 'transition' | 'input'> & { readonly to: StateDefinition },
): readonly string[] {
  const cancelled = new Set(transition.cancel);
  if (input.kind === 'timer') cancelled.add(input.timer);
  if (from === null || transition.to === null) return [...cancelled];
  for (const [timer, { afterMs }] of from.timers) {
    if (afterMs !== null) cancelled.add(timer);
  }
  if (to.kind === 'final') {
    for (const timer of definition.timers) {
      if (!to.timers.has(timer)) cancelled.add(timer);
    }
  }
  return [...cancelled];
}

function sentBy(
  definition: SagaDefinition,
  {
    transition,
    data,
    given,
    context,
  }: {
    readonly transition: TransitionDefinition;
    readonly data: unknown;
    readonly given: TransitionInput;
    readonly context: TransitionContext;
  },
): readonly SentCommand[] {
  return transition.send.flatMap(({ name, make }) => {
    const command = definition.commands.get(name);
    const made = synchronous(definition, 'send', make(data, given, context));
    if (command === undefined || made === null || made === undefined) return [];
    const inputs: readonly unknown[] = Array.isArray(made) ? made : [made];
    return inputs.map((one) => ({ name, message: command(one as never) }));
  });
}

function stateOf(definition: SagaDefinition, name: string): StateDefinition {
  const state = definition.states.get(name);
  if (state === undefined) throw new UnknownStateError(definition, name);
  return state;
}
