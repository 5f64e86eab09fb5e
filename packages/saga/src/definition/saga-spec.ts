import type { AnyEventDefinition } from '@holdfast/core';
import type { StateSpec } from './state-spec.ts';

/** Events or commands by the name that the definition uses for them. */
export type EventMap = Readonly<Record<string, AnyEventDefinition>>;

export type StateMap = Readonly<Record<string, StateSpec>>;

/** A received message of an event. */
export type EventMessage<Event extends AnyEventDefinition> = ReturnType<Event['decode']>;

/** What makes a message of an event. */
export type EventInput<Event extends AnyEventDefinition> = Parameters<Event>[0];

export type StateData<State> = State extends StateSpec<infer Data> ? Data : never;

/**
 * What becomes of an event that arrives in a state that does not take it:
 * - `ignore`: it is recorded as handled, and changes nothing.
 * - `park`: it is kept with the instance and offered again after each change of state.
 * - `fail`: it is refused with {@link UnexpectedEventError} and ends as a dead letter.
 */
export type UnexpectedPolicy = 'ignore' | 'park' | 'fail';

/** A timer has run out. */
export interface TimerInput {
  readonly timer: string;
}

/** A person acts on an instance. */
export interface OperatorInput {
  readonly action: string;
  /** Who. */
  readonly actor: string;
  /** Why, for the history. */
  readonly reason: string;
}

/** What functions of a definition may use besides data and message. They must be pure: the same for the same arguments. */
export interface TransitionContext {
  /** Of the instance. */
  readonly key: string;
  /** When it is decided, in milliseconds since the Unix epoch, by the clock of the process: for people, not for order. */
  readonly now: number;
}

type OneOrMany<Value> = Value | readonly Value[];

/** All that is said about a saga's names, for its other types. */
export interface SagaNames {
  readonly events: EventMap;
  readonly commands: EventMap;
  readonly states: StateMap;
  readonly timers: string;
}

type NameOf<Map> = keyof Map & string;

/** What goes out with a transition; each function gets the data that the instance has afterwards. */
export type SendSpec<Names extends SagaNames, Data, Input> = {
  readonly [Command in NameOf<Names['commands']>]?: (
    data: Data,
    input: Input,
    context: TransitionContext,
  ) => EventInput<Names['commands'][Command]> | readonly EventInput<Names['commands'][Command]>[] | null;
};

interface TransitionParts<Names extends SagaNames, From, To, Input> {
  /** Of several transitions for one input the first one whose guard holds is taken; when none does, the input is not taken. */
  readonly when?: (data: From, input: Input, context: TransitionContext) => boolean;
  /** Names the guard, for diagrams and the history. */
  readonly label?: string;
  /** Messages by the names of `commands`, sent in the transaction of the transition. */
  readonly send?: SendSpec<Names, To, Input>;
  /** Sets timers, in milliseconds from the commit's transaction; one that is set already starts anew. */
  readonly schedule?: {
    readonly [Timer in Names['timers']]?: number | ((data: To, context: TransitionContext) => number);
  };
  /** Timers that must not run out any more. Those of a state (`afterMs`) are cancelled when it is left. */
  readonly cancel?: readonly Names['timers'][];
}

type DataChange<From, To, Input> = [From] extends [To]
  ? { readonly data?: (data: From, input: Input, context: TransitionContext) => To }
  : { readonly data: (data: From, input: Input, context: TransitionContext) => To };

/** Stays in the state; its timers run on. */
type Stay<Names extends SagaNames, From, Input> = TransitionParts<Names, From, From, Input> & {
  readonly to?: undefined;
  readonly data?: (data: From, input: Input, context: TransitionContext) => From;
};

/** Leaves the state, also for itself: its timers start anew then. */
type Move<Names extends SagaNames, From, Input> = {
  readonly [State in NameOf<Names['states']>]: { readonly to: State } & DataChange<
    From,
    StateData<Names['states'][State]>,
    Input
  > &
    TransitionParts<Names, From, StateData<Names['states'][State]>, Input>;
}[NameOf<Names['states']>];

/** Looked up by a state as {@link Move} is: else the compiler compares the two too early, and finds no type for a lone `data`. */
type StayAnywhere<Names extends SagaNames, From, Input> = {
  readonly [State in NameOf<Names['states']>]: Stay<Names, From, Input>;
}[NameOf<Names['states']>];

export type TransitionSpec<Names extends SagaNames, From, Input> =
  | StayAnywhere<Names, From, Input>
  | Move<Names, From, Input>;

/** How an instance begins. */
export type StartSpec<Names extends SagaNames, Input> = {
  readonly [State in NameOf<Names['states']>]: {
    readonly to: State;
    readonly data: (input: Input, context: TransitionContext) => StateData<Names['states'][State]>;
  } & Omit<TransitionParts<Names, never, StateData<Names['states'][State]>, Input>, 'when' | 'cancel'> & {
      readonly when?: (input: Input, context: TransitionContext) => boolean;
    };
}[NameOf<Names['states']>];

/**
 * A timer that the state takes. With `afterMs` it is a timer of the state: set when the state is entered, cancelled when it is
 * left. Without, some transition has to `schedule` it.
 */
type TimerSpec<Names extends SagaNames, From> =
  | OneOrMany<TransitionSpec<Names, From, TimerInput>>
  | {
      readonly afterMs: number | ((data: From, context: TransitionContext) => number);
      readonly take: OneOrMany<TransitionSpec<Names, From, TimerInput>>;
    };

/** What a state takes. */
export interface ReactionSpec<Names extends SagaNames, From> {
  readonly events?: {
    readonly [Event in NameOf<Names['events']>]?: OneOrMany<
      TransitionSpec<Names, From, EventMessage<Names['events'][Event]>>
    >;
  };
  readonly timers?: { readonly [Timer in Names['timers']]?: TimerSpec<Names, From> };
  /** By the name of the action: `retry`, `resume`, `cancel`, or others. */
  readonly operator?: Readonly<Record<string, OneOrMany<TransitionSpec<Names, From, OperatorInput>>>>;
  /** For this state, or for events in it. @default the definition's */
  readonly unexpected?: UnexpectedPolicy | { readonly [Event in NameOf<Names['events']>]?: UnexpectedPolicy };
}

/** A saga's definition as it is written. See {@link defineSaga}. */
export interface SagaSpec<
  Events extends EventMap,
  Commands extends EventMap,
  States extends StateMap,
  Timers extends string,
  Names extends SagaNames = { events: Events; commands: Commands; states: States; timers: Timers },
> {
  /** Stays for ever: instances are stored under it. */
  readonly name: string;
  /** Of this definition: another number whenever instances of the old one could not go on with it. @default 1 */
  readonly version?: number;
  /** What comes in. */
  readonly events: Events;
  /** What goes out: commands to others, and events that tell what happened. */
  readonly commands?: Commands;
  readonly states: States;
  /** The names of timers. @default none */
  readonly timers?: readonly Timers[];
  /**
   * Which instance an event belongs to, by the event's name. Left out, an event's ordering key says it.
   * It must be the same in all versions of the definition.
   */
  readonly key?: { readonly [Event in keyof Events]?: (message: EventMessage<Events[Event]>) => string };
  /** Events that begin an instance; when it exists, they are events like others. */
  readonly start: { readonly [Event in NameOf<Events>]?: OneOrMany<StartSpec<Names, EventMessage<Events[Event]>>> };
  readonly on: { readonly [State in NameOf<States>]?: ReactionSpec<Names, StateData<States[State]>> };
  /** For events that a state does not take. */
  readonly unexpected: UnexpectedPolicy;
  /** For events that belong to no instance, and begin none. Parked ones wait for their instance to begin. */
  readonly unmatched: UnexpectedPolicy;
  /**
   * How long a finished instance is kept, in milliseconds: longer than any answer to it can be late, since what comes afterwards is
   * `unmatched`. Events that are parked without an instance are kept as long, and for a day at least.
   */
  readonly retentionMs: number;
  /** Paths of data that the history must not show: `customer.email`, `items.*.note`. @default none */
  readonly redact?: readonly string[];
}
