import type { EventInput, EventMap, EventMessage, TransitionContext } from '../definition/saga-spec.ts';
import type { StepFailure, StepsData } from './steps-data.ts';

type NameOf<Map> = keyof Map & string;

/** What the steps of one saga share: its events and commands, and what it begins with. */
export interface StepsBase {
  readonly events: EventMap;
  readonly commands: EventMap;
  readonly input: unknown;
}

/** What a step's command is made of: the results of the steps before it, not of later ones or of those at the same time. */
export interface StepView<Input, Done> {
  readonly input: Input;
  readonly done: Done;
  /** From 1; more when it is sent again. */
  readonly attempt: number;
}

/** What a compensation is made of: the results of the steps before it, and its own, which is missing when a person has it undone whose outcome is unclear. */
export interface CompensationView<Input, Done> extends StepView<Input, Done> {
  readonly failure: StepFailure | null;
}

/** One of the declared commands and what makes its data. */
export type CommandSpec<Commands extends EventMap, View> = {
  readonly [Command in NameOf<Commands>]: {
    readonly name: Command;
    readonly data: (view: View, context: TransitionContext) => EventInput<Commands[Command]>;
  };
}[NameOf<Commands>];

export interface RetrySpec<Failure> {
  /** How often the command is sent at most; sending it again after a timeout counts, too. */
  readonly attempts: number;
  /** Before it is sent a second time, in milliseconds. */
  readonly delayMs: number;
  /** By which the pause grows. @default 2 */
  readonly factor?: number;
  /** The longest pause. @default one hour */
  readonly maxDelayMs?: number;
  /** Which failures say that it may be tried again. @default all */
  readonly when?: (message: Failure) => boolean;
}

interface TimeoutParts {
  /** How long an answer is waited for, in milliseconds. */
  readonly afterMs: number;
  /** How often the command is sent again before it counts as unanswered. @default 0 */
  readonly resend?: number;
}

export interface TimeoutSpec extends TimeoutParts {
  /**
   * What an unanswered step means: what was done before is undone, and a late success, too (`compensate`); or a late answer or a
   * person has to say (`uncertain`).
   */
  readonly unanswered: 'compensate' | 'uncertain';
}

export interface CommittedTimeoutSpec extends TimeoutParts {
  /** A person has to look (`stuck`, where it can be sent again), or has to say what happened (`uncertain`). @default "stuck" */
  readonly unanswered?: 'stuck' | 'uncertain';
}

export interface CompensationSpec<Base extends StepsBase, Done> {
  readonly command: CommandSpec<Base['commands'], CompensationView<Base['input'], Done>>;
  readonly success: NameOf<Base['events']>;
  /** Sent again then. @default none */
  readonly failure?: NameOf<Base['events']>;
  /** How often it is sent before a person has to look. @default 5 */
  readonly attempts?: number;
  /** Between a failure and sending it again, in milliseconds. @default 1000 */
  readonly delayMs?: number;
  /** By which this pause grows. @default 2 */
  readonly factor?: number;
  /** The longest pause. @default one hour */
  readonly maxDelayMs?: number;
  /** How long its answer is waited for before it is sent again, in milliseconds. @default 60000 */
  readonly timeoutMs?: number;
}

/** What a step declares, wherever it stands. */
interface StepParts<
  Base extends StepsBase,
  Done,
  Success extends keyof Base['events'] & string,
  Failure extends keyof Base['events'] & string,
  Result,
> {
  /** What asks for it. It may come more than once, so the receiver must know it by its business key. */
  readonly command: CommandSpec<Base['commands'], StepView<Base['input'], Done>>;
  /** The event that says that it happened, and what later steps see of it. @default all of the event's data */
  readonly success:
    | Success
    | { readonly event: Success; readonly keep?: (message: EventMessage<Base['events'][Success]>) => Result };
  /** Events that say that it did not happen. @default none */
  readonly failure?: Failure | readonly Failure[];
  /** The reason to remember in `failure.reason`: no secrets, no whole payloads. @default none */
  readonly reason?: (message: EventMessage<Base['events'][Failure]>) => string;
  /** The event that says that nobody knows whether it happened. @default none */
  readonly unclear?: NameOf<Base['events']>;
  /** @default no failure is tried again */
  readonly retry?: RetrySpec<EventMessage<Base['events'][Failure]>>;
}

/** A step before the point of no return. */
export interface StepSpec<
  Base extends StepsBase,
  Done,
  Name extends string,
  Success extends keyof Base['events'] & string,
  Failure extends keyof Base['events'] & string,
  Result,
> extends StepParts<Base, Done, Success, Failure, Result> {
  readonly timeout: TimeoutSpec | 'never';
  /** What undoes it; written behind `success`, of whose result it knows. Even the last step needs one when its success can be late. */
  readonly compensation: CompensationSpec<Base, Done & { readonly [Step in Name]: Result }> | 'none needed';
}

/** A step after the point of no return: nothing is undone any more, so it is tried until it succeeds or a person has to look. */
export interface CommittedStepSpec<
  Base extends StepsBase,
  Done,
  Success extends keyof Base['events'] & string,
  Failure extends keyof Base['events'] & string,
  Result,
> extends StepParts<Base, Done, Success, Failure, Result> {
  readonly timeout: CommittedTimeoutSpec | 'never';
}

/** Messages by the names of `commands`; `null`: none. */
export type EndSend<Base extends StepsBase, View> = {
  readonly [Command in NameOf<Base['commands']>]?: (
    view: View,
    context: TransitionContext,
  ) => EventInput<Base['commands'][Command]> | readonly EventInput<Base['commands'][Command]>[] | null;
};

/** What is told at the end. */
export interface StepsEnds<Base extends StepsBase, Results> {
  readonly completed?: {
    readonly send: EndSend<Base, { readonly input: Base['input']; readonly done: Results }>;
  };
  /** Sent once, also when a late success is compensated afterwards. */
  readonly compensated?: {
    readonly send: EndSend<Base, Omit<StepsData<Base['input'], Results>, 'ends' | 'attempts'>>;
  };
}
