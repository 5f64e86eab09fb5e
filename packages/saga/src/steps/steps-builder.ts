import type { SagaDefinition } from '../definition/saga-definition.ts';
import { CommittedStepsBuilder } from './committed-steps-builder.ts';
import { GroupBuilder } from './group-builder.ts';
import type { LooseStep } from './loose-step.ts';
import type { StepSpec, StepsBase, StepsEnds } from './step-spec.ts';
import type { DataOf, Merged, NewName, Nothing, StepsNames, With } from './steps-names.ts';
import { built, type StepsSoFar, withStage, withStep } from './steps-so-far.ts';

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
