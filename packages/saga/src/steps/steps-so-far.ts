import type { SagaDefinition } from '../definition/saga-definition.ts';
import { expandSteps, type LooseEnds, type LooseStepsOptions } from './expand-steps.ts';
import type { LooseEnd, LooseStep } from './loose-step.ts';
import { plannedStep, type Stage } from './planned-step.ts';
import type { StepsBase, StepsEnds } from './step-spec.ts';

/** What builders pass on. */
export interface StepsSoFar {
  readonly options: LooseStepsOptions;
  readonly stages: readonly Stage[];
}

export function withStep(
  soFar: StepsSoFar,
  { name, spec, committed }: { readonly name: string; readonly spec: LooseStep; readonly committed: boolean },
): StepsSoFar {
  const step = plannedStep({ name, spec }, { stage: soFar.stages.length, committed });
  return withStage(soFar, { name, committed, isGroup: false, steps: [step] });
}

export function withStage({ options, stages }: StepsSoFar, stage: Omit<Stage, 'index'>): StepsSoFar {
  return { options, stages: [...stages, { ...stage, index: stages.length }] };
}

/** @throws InvalidSagaError, InvalidOptionError */
export function built<Base extends StepsBase, Done>(
  { options, stages }: StepsSoFar,
  { completed, compensated }: StepsEnds<Base, Done>,
): SagaDefinition {
  const loose = { completed: completed?.send ?? {}, compensated: compensated?.send ?? {} };
  return expandSteps(options, stages, loose as unknown as LooseEnds & Record<string, LooseEnd>);
}
