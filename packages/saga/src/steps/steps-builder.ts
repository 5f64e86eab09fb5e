import type { SagaDefinition } from '../definition/saga-definition.ts';
import type { StateSpec } from '../definition/state-spec.ts';
import { expandSteps, type LooseEnds, type LooseStepsOptions } from './expand-steps.ts';
import type { LooseEnd, LooseStep } from './loose-step.ts';
import { type PlannedStep, plannedStep, type Stage } from './planned-step.ts';
import type { CommittedStepSpec, StepSpec, StepsBase, StepsEnds } from './step-spec.ts';
import type { StepsData } from './steps-data.ts';

type NameOf<Map> = keyof Map & string;
type Nothing = Readonly<Record<never, never>>;
type DataOf<Base extends StepsBase, Event extends keyof Base['events'] & string> = ReturnType<
  Base['events'][Event]['decode']
>['data'];

/** Earlier results and one more. */
type With<Done, Name extends string, Result> = {
  readonly [Step in keyof Done | Name]: Step extends keyof Done ? Done[Step] : Result;
};

type Merged<Done, Added> = {
  readonly [Step in keyof Done | keyof Added]: Step extends keyof Done
    ? Done[Step]
    : Step extends keyof Added
      ? Added[Step]
      : never;
};

/** Refuses a name that is taken, and says so. */
type NewName<Name extends string, Taken> = Name extends Taken ? `there is a step "${Name}" already` : Name;

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

export interface StepsSoFar {
  readonly options: LooseStepsOptions;
  readonly stages: readonly Stage[];
}

/** Steps before the point of no return. Each call gives a new builder. */
export class StepsBuilder<Base extends StepsBase, Done = Nothing, Group extends string = never> {
  readonly #soFar: StepsSoFar;

  constructor(soFar: StepsSoFar) {
    this.#soFar = soFar;
  }

  /** What comes next. Its functions see the results of the steps before it. @throws InvalidOptionError */
  step<
    const Name extends string,
    const Success extends keyof Base['events'] & string,
    const Failure extends keyof Base['events'] & string = never,
    Result = DataOf<Base, Success>,
  >(
    name: NewName<Name, keyof Done | Group>,
    spec: StepSpec<Base, Done, Name, Success, Failure, Result>,
  ): StepsBuilder<Base, With<Done, Name, Result>, Group> {
    return new StepsBuilder(withStep(this.#soFar, { name, spec: spec as unknown as LooseStep, committed: false }));
  }

  /**
   * Steps that run at the same time, in a state of the group's name. None sees the result of another one. When one fails, the
   * others are waited for before anything is undone. @throws InvalidOptionError
   */
  parallel<const Name extends string, Added>(
    name: NewName<Name, keyof Done | Group>,
    steps: (group: GroupBuilder<Base, Done>) => GroupBuilder<Base, Done, Added>,
  ): StepsBuilder<Base, Merged<Done, Added>, Group | Name> {
    const group = steps(new GroupBuilder<Base, Done>({ stage: this.#soFar.stages.length, steps: [] }));
    return new StepsBuilder(withStage(this.#soFar, { name, committed: false, isGroup: true, steps: group.planned }));
  }

  /** Nothing is undone any more once the step before has succeeded: what comes now is tried until it succeeds. */
  pointOfNoReturn(): CommittedStepsBuilder<Base, Done, Group> {
    return new CommittedStepsBuilder(this.#soFar);
  }

  /** @throws InvalidSagaError that names every contradiction; InvalidOptionError */
  build(ends: StepsEnds<Base, Done> = {}): SagaDefinition<StepsNames<Base, Done, Group>> {
    return built(this.#soFar, ends) as SagaDefinition<StepsNames<Base, Done, Group>>;
  }
}

/** Steps after the point of no return. */
export class CommittedStepsBuilder<Base extends StepsBase, Done, Group extends string> {
  readonly #soFar: StepsSoFar;

  constructor(soFar: StepsSoFar) {
    this.#soFar = soFar;
  }

  /** What comes next. @throws InvalidOptionError */
  step<
    const Name extends string,
    const Success extends keyof Base['events'] & string,
    const Failure extends keyof Base['events'] & string = never,
    Result = DataOf<Base, Success>,
  >(
    name: NewName<Name, keyof Done | Group>,
    spec: CommittedStepSpec<Base, Done, Success, Failure, Result>,
  ): CommittedStepsBuilder<Base, With<Done, Name, Result>, Group> {
    return new CommittedStepsBuilder(
      withStep(this.#soFar, { name, spec: spec as unknown as LooseStep, committed: true }),
    );
  }

  /** @throws InvalidSagaError that names every contradiction; InvalidOptionError */
  build(ends: StepsEnds<Base, Done> = {}): SagaDefinition<StepsNames<Base, Done, Group>> {
    return built(this.#soFar, ends) as SagaDefinition<StepsNames<Base, Done, Group>>;
  }
}

/** Steps of a parallel group. */
export class GroupBuilder<Base extends StepsBase, Done, Added = Nothing> {
  readonly #stage: number;
  /** For the builder of the saga. */
  readonly planned: readonly PlannedStep[];

  constructor({ stage, steps }: { readonly stage: number; readonly steps: readonly PlannedStep[] }) {
    this.#stage = stage;
    this.planned = steps;
  }

  /** One that runs beside the others; they are undone in the reverse order of these calls. @throws InvalidOptionError */
  step<
    const Name extends string,
    const Success extends keyof Base['events'] & string,
    const Failure extends keyof Base['events'] & string = never,
    Result = DataOf<Base, Success>,
  >(
    name: NewName<Name, keyof Done | keyof Added>,
    spec: StepSpec<Base, Done, Name, Success, Failure, Result>,
  ): GroupBuilder<Base, Done, With<Added, Name, Result>> {
    const place = { stage: this.#stage, committed: false };
    const step = plannedStep({ name, spec: spec as unknown as LooseStep }, place);
    return new GroupBuilder({ stage: this.#stage, steps: [...this.planned, step] });
  }
}

function withStep(
  soFar: StepsSoFar,
  { name, spec, committed }: { readonly name: string; readonly spec: LooseStep; readonly committed: boolean },
): StepsSoFar {
  const step = plannedStep({ name, spec }, { stage: soFar.stages.length, committed });
  return withStage(soFar, { name, committed, isGroup: false, steps: [step] });
}

function withStage({ options, stages }: StepsSoFar, stage: Omit<Stage, 'index'>): StepsSoFar {
  return { options, stages: [...stages, { ...stage, index: stages.length }] };
}

function built<Base extends StepsBase, Done>(
  { options, stages }: StepsSoFar,
  { completed, compensated }: StepsEnds<Base, Done>,
): SagaDefinition {
  const loose = { completed: completed?.send ?? {}, compensated: compensated?.send ?? {} };
  return expandSteps(options, stages, loose as unknown as LooseEnds & Record<string, LooseEnd>);
}
