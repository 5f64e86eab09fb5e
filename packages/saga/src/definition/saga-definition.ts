import type { AnyEventDefinition, Message } from '@holdfast/core';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type {
  EventMap,
  OperatorInput,
  SagaNames,
  StateMap,
  TimerInput,
  TransitionContext,
  UnexpectedPolicy,
} from './saga-spec.ts';
import type { StateKind } from './state-spec.ts';
import type { StepPlan } from './step-plan.ts';

/** What moves an instance, as the functions of a definition get it. */
export type TransitionInput = Message | TimerInput | OperatorInput;

/** One edge of the machine. Its functions are untyped here; `defineSaga` has checked them. */
export interface TransitionDefinition {
  /** `null`: it stays, and the state's timers run on. */
  readonly to: string | null;
  readonly label: string | null;
  readonly when: ((data: unknown, input: TransitionInput, context: TransitionContext) => boolean) | null;
  /** `null`: the data stays as it is. */
  readonly data: ((data: unknown, input: TransitionInput, context: TransitionContext) => unknown) | null;
  /** In the order in which they are sent. */
  readonly send: readonly CommandDefinition[];
  readonly schedule: readonly ScheduleDefinition[];
  readonly cancel: readonly string[];
}

/** A command that a transition sends. */
export interface CommandDefinition {
  /** In the definition's `commands`. */
  readonly name: string;
  readonly make: (data: unknown, input: TransitionInput, context: TransitionContext) => unknown;
}

export interface ScheduleDefinition {
  readonly timer: string;
  readonly afterMs: number | ((data: unknown, context: TransitionContext) => number);
}

export interface TimerReaction {
  /** Set when the state is entered and cancelled when it is left; `null` for one that transitions schedule. */
  readonly afterMs: number | ((data: unknown, context: TransitionContext) => number) | null;
  readonly transitions: readonly TransitionDefinition[];
}

export interface StateDefinition {
  readonly name: string;
  readonly kind: StateKind;
  readonly schema: StandardSchemaV1 | undefined;
  readonly events: ReadonlyMap<string, readonly TransitionDefinition[]>;
  readonly timers: ReadonlyMap<string, TimerReaction>;
  readonly operator: ReadonlyMap<string, readonly TransitionDefinition[]>;
  /** For every event of the definition. */
  readonly unexpected: ReadonlyMap<string, UnexpectedPolicy>;
}

/** A saga as data: it can be run, drawn, checked and compared with the instances in a database. */
export interface SagaDefinition<Names extends SagaNames = SagaNames> {
  readonly name: string;
  readonly version: number;
  readonly events: ReadonlyMap<string, AnyEventDefinition>;
  readonly commands: ReadonlyMap<string, AnyEventDefinition>;
  readonly states: ReadonlyMap<string, StateDefinition>;
  readonly timers: readonly string[];
  /** By the event's name. `data` of these transitions gets `undefined` as data. */
  readonly start: ReadonlyMap<string, readonly TransitionDefinition[]>;
  readonly unmatched: UnexpectedPolicy;
  readonly retentionMs: number;
  readonly redact: readonly string[];
  /** The steps that it was made of by `sagaSteps`, in their order; empty when it was written state by state. */
  readonly steps: readonly StepPlan[];
  /** The name of an event's type, or `undefined`. */
  eventName(type: string): string | undefined;
  /** The key of the instance that a message belongs to. @throws UncorrelatedEventError */
  keyOf(message: Message): string;
  /** Never there: carries the types. */
  readonly names?: Names;
}

/** Any definition, for lists of them. */
export type AnySagaDefinition = SagaDefinition<{
  readonly events: EventMap;
  readonly commands: EventMap;
  readonly states: StateMap;
  readonly timers: string;
}>;
