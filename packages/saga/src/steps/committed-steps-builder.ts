import type { SagaDefinition } from '../definition/saga-definition.ts';
import { CommittedGroupBuilder } from './committed-group-builder.ts';
import type { LooseStep } from './loose-step.ts';
import type { CommittedStepSpec, StepsBase, StepsEnds } from './step-spec.ts';
import type { DataOf, Merged, NewName, StepsNames, With } from './steps-names.ts';
import { built, type StepsSoFar, withStage, withStep } from './steps-so-far.ts';

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

  /**
   * Steps that run at the same time, in a state of the group's name. None sees the result of another one.
   * @throws InvalidOptionError
   */
  parallel<const Name extends string, Added>(
    name: NewName<Name, keyof Done | Group>,
    steps: (group: CommittedGroupBuilder<Base, Done>) => CommittedGroupBuilder<Base, Done, Added>,
  ): CommittedStepsBuilder<Base, Merged<Done, Added>, Group | Name> {
    const group = steps(new CommittedGroupBuilder<Base, Done>({ stage: this.#soFar.stages.length, steps: [] }));
    return new CommittedStepsBuilder(
      withStage(this.#soFar, { name, committed: true, isGroup: true, steps: group.planned }),
    );
  }

  /** @throws InvalidSagaError that names every contradiction; InvalidOptionError */
  build(ends: StepsEnds<Base, Done> = {}): SagaDefinition<StepsNames<Base, Done, Group>> {
    return built(this.#soFar, ends) as SagaDefinition<StepsNames<Base, Done, Group>>;
  }
}
