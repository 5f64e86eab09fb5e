import type { AnyEventDefinition, Message } from '@holdfast/core';
import type { ScheduleDefinition, TransitionDefinition, TransitionInput } from './saga-definition.ts';
import type { TransitionContext, UnexpectedPolicy } from './saga-spec.ts';
import type { StateSpec } from './state-spec.ts';
import type { StepPlan } from './step-plan.ts';

/** A definition as it is written, without its types. */
export interface LooseSpec {
  readonly name: string;
  readonly version?: number;
  readonly events: Readonly<Record<string, AnyEventDefinition>>;
  readonly commands?: Readonly<Record<string, AnyEventDefinition>>;
  readonly states: Readonly<Record<string, StateSpec>>;
  readonly timers?: readonly string[];
  readonly key?: Readonly<Record<string, ((message: Message) => string) | undefined>>;
  readonly start: Readonly<Record<string, LooseTransition | readonly LooseTransition[] | undefined>>;
  readonly on: Readonly<Record<string, LooseReaction | undefined>>;
  readonly unexpected: UnexpectedPolicy;
  readonly unmatched: UnexpectedPolicy;
  readonly retentionMs: number;
  readonly redact?: readonly string[];
  /** Said by `sagaSteps` only. */
  readonly steps?: readonly StepPlan[];
}

export interface LooseReaction {
  readonly events?: Readonly<Record<string, LooseTransition | readonly LooseTransition[]>>;
  readonly timers?: Readonly<Record<string, LooseTimer>>;
  readonly operator?: Readonly<Record<string, LooseTransition | readonly LooseTransition[]>>;
  readonly unexpected?: UnexpectedPolicy | Readonly<Record<string, UnexpectedPolicy>>;
}

export type LooseTimer =
  | LooseTransition
  | readonly LooseTransition[]
  | {
      readonly afterMs: number | ((data: unknown, context: TransitionContext) => number);
      readonly take: LooseTransition | readonly LooseTransition[];
    };

/** Start transitions have no data before, so their functions begin with the input. */
export interface LooseTransition {
  readonly to?: string;
  readonly label?: string;
  readonly when?: (data: unknown, input: TransitionInput, context: TransitionContext) => boolean;
  readonly data?: (data: unknown, input: TransitionInput, context: TransitionContext) => unknown;
  readonly send?: Readonly<
    Record<string, ((data: unknown, input: TransitionInput, context: TransitionContext) => unknown) | undefined>
  >;
  readonly schedule?: Readonly<Record<string, ScheduleDefinition['afterMs'] | undefined>>;
  readonly cancel?: readonly string[];
}

export function transitionOf({ to, label, when, data, send, schedule, cancel }: LooseTransition): TransitionDefinition {
  return {
    to: to ?? null,
    label: label ?? null,
    when: when ?? null,
    data: data ?? null,
    send: Object.entries(send ?? {}).flatMap(([name, make]) => (make === undefined ? [] : [{ name, make }])),
    schedule: Object.entries(schedule ?? {}).flatMap(([timer, afterMs]) =>
      afterMs === undefined ? [] : [{ timer, afterMs }],
    ),
    cancel: cancel ?? [],
  };
}

/** Before the start there is no data: its guard and its data begin with the event. */
export function startTransitionOf(transition: LooseTransition): TransitionDefinition {
  const { when, data } = transition as unknown as {
    readonly when?: (input: TransitionInput, context: TransitionContext) => boolean;
    readonly data?: (input: TransitionInput, context: TransitionContext) => unknown;
  };
  return {
    ...transitionOf(transition),
    when: when === undefined ? null : (_, input, context) => when(input, context),
    data: data === undefined ? null : (_, input, context) => data(input, context),
  };
}

export function listOf<Value extends object>(one: Value | readonly Value[]): readonly Value[] {
  return Array.isArray(one) ? one : [one as Value];
}
