import type { StateSpec } from '../definition/state-spec.ts';
import type { StepsBase } from './step-spec.ts';
import type { StepsData } from './steps-data.ts';

type NameOf<Map> = keyof Map & string;
/** No step yet. */
export type Nothing = Readonly<Record<never, never>>;
/** What is kept of a success unless `keep` says otherwise. */
export type DataOf<Base extends StepsBase, Event extends keyof Base['events'] & string> = ReturnType<
  Base['events'][Event]['decode']
>['data'];

/** Earlier results and one more. */
export type With<Done, Name extends string, Result> = {
  readonly [Step in keyof Done | Name]: Step extends keyof Done ? Done[Step] : Result;
};

/** Earlier results and those of a group. */
export type Merged<Done, Added> = {
  readonly [Step in keyof Done | keyof Added]: Step extends keyof Done
    ? Done[Step]
    : Step extends keyof Added
      ? Added[Step]
      : never;
};

/** Refuses a name that is taken, and says so. */
export type NewName<Name extends string, Taken> = Name extends Taken ? `there is a step "${Name}" already` : Name;

/** All states that a step or a parallel group may have. */
export type StepState<Step extends string> =
  | Step
  | `${Step}:${'retrying' | 'uncertain' | 'compensating' | 'compensation_failed' | 'stuck'}`;

/** The names of a definition that is made of steps. */
export interface StepsNames<Base extends StepsBase, Done, Group extends string> {
  readonly events: Base['events'];
  readonly commands: Base['commands'];
  readonly states: {
    readonly [State in 'completed' | 'compensated' | 'held' | StepState<NameOf<Done> | Group>]: StateSpec<
      StepsData<Base['input'], Done>
    >;
  };
  readonly timers: `${NameOf<Done>}:${'timeout' | 'retry' | 'compensation'}`;
}
