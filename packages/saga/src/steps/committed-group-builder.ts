import type { LooseStep } from './loose-step.ts';
import { type PlannedStep, plannedStep } from './planned-step.ts';
import type { CommittedStepSpec, StepsBase } from './step-spec.ts';
import type { DataOf, NewName, Nothing, With } from './steps-names.ts';

/** Steps of a parallel group after the point of no return. */
export class CommittedGroupBuilder<Base extends StepsBase, Done, Added = Nothing> {
  readonly #stage: number;
  /** For the builder of the saga. */
  readonly planned: readonly PlannedStep[];

  constructor({ stage, steps }: { readonly stage: number; readonly steps: readonly PlannedStep[] }) {
    this.#stage = stage;
    this.planned = steps;
  }

  /** One that runs beside the others. @throws InvalidOptionError */
  step<
    const Name extends string,
    const Success extends keyof Base['events'] & string,
    const Failure extends keyof Base['events'] & string = never,
    Result = DataOf<Base, Success>,
  >(
    name: NewName<Name, keyof Done | keyof Added>,
    spec: CommittedStepSpec<Base, Done, Success, Failure, Result>,
  ): CommittedGroupBuilder<Base, Done, With<Added, Name, Result>> {
    const place = { stage: this.#stage, committed: true };
    const step = plannedStep({ name, spec: spec as unknown as LooseStep }, place);
    return new CommittedGroupBuilder({ stage: this.#stage, steps: [...this.planned, step] });
  }
}
