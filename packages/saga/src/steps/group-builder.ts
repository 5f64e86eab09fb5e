import type { LooseStep } from './loose-step.ts';
import { type PlannedStep, plannedStep } from './planned-step.ts';
import type { StepSpec, StepsBase } from './step-spec.ts';
import type { DataOf, NewName, Nothing, With } from './steps-names.ts';

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
