import type { EventMessage, SagaNames, StateData } from '../definition/saga-spec.ts';

export type NameOf<Map> = keyof Map & string;

/** A message of one of the saga's events, as its factory makes it or as it is received. */
export type ScenarioEvent<Names extends SagaNames> = {
  readonly [Event in NameOf<Names['events']>]:
    | ReturnType<Names['events'][Event]>
    | EventMessage<Names['events'][Event]>;
}[NameOf<Names['events']>];

/** A timer that is set runs out, now. */
export interface ScenarioTimer<Names extends SagaNames> {
  readonly timer: Names['timers'];
}

/** A person acts. */
export interface ScenarioAction {
  readonly action: string;
  /** @default 'somebody' */
  readonly actor?: string;
  /** @default 'a scenario' */
  readonly reason?: string;
}

export type ScenarioInput<Names extends SagaNames> = ScenarioEvent<Names> | ScenarioTimer<Names> | ScenarioAction;

/** What a participant answers to a command, and how long that takes. */
export type ScenarioAnswer<Names extends SagaNames> =
  | ScenarioEvent<Names>
  | { readonly afterMs: number; readonly event: ScenarioEvent<Names> };

/** What participants answer, by the command's name; `null`: nothing. Commands that are left out are never answered. */
export type ScenarioAnswers<Names extends SagaNames> = {
  readonly [Command in NameOf<Names['commands']>]?: (
    data: ReturnType<Names['commands'][Command]>['data'],
  ) => ScenarioAnswer<Names> | readonly ScenarioAnswer<Names>[] | null;
};

/** What became of the last input; `duplicate`: a message of its id was there before, and the inbox keeps it away. */
export type ScenarioOutcome = 'moved' | 'ignored' | 'parked' | 'failed' | 'stale' | 'refused' | 'duplicate';

type ExpectedState<Names extends SagaNames> =
  | {
      readonly [State in NameOf<Names['states']>]: {
        readonly state: State;
        /** All of it. Compared as JSON. */
        readonly data?: StateData<Names['states'][State]>;
      };
    }[NameOf<Names['states']>]
  /** There is no instance. */
  | { readonly state: null; readonly data?: undefined };

/** A command by its name, alone or with its data. */
type ExpectedCommand<Names extends SagaNames> =
  | NameOf<Names['commands']>
  | {
      readonly [Command in NameOf<Names['commands']>]: {
        readonly [Name in Command]: ReturnType<Names['commands'][Command]>['data'];
      };
    }[NameOf<Names['commands']>];

/** What a test expects. What is left out is not compared, except an input that was refused: that has to be said. */
export type ScenarioExpectation<Names extends SagaNames> = ExpectedState<Names> & {
  /** All that was sent since the last `given` or `expect`, in its order. */
  readonly sent?: readonly ExpectedCommand<Names>[];
  /** All timers that are set: their names, or in how many milliseconds they run out. */
  readonly timers?: readonly Names['timers'][] | { readonly [Timer in Names['timers']]?: number };
  /** All events that wait, by their names, the oldest first. */
  readonly parked?: readonly NameOf<Names['events']>[];
  /** Of the last input. @default anything but `failed` and `refused` */
  readonly outcome?: ScenarioOutcome;
};
