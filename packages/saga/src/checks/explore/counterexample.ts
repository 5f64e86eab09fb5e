import { quoted } from '@holdfast/core';
import type { SagaDefinition } from '../../definition/saga-definition.ts';
import type { Violation } from './exploration.ts';
import type { Action } from './model.ts';
import type { ModelState } from './model-state.ts';
import type { Problem } from './problem.ts';
import type { Properties } from './properties.ts';
import type { FoundStep } from './search.ts';
import { sequenceDiagram } from './sequence-diagram.ts';
import type { StepTeller } from './step-teller.ts';

export interface CounterexampleOptions {
  readonly definition: SagaDefinition;
  readonly teller: StepTeller;
  readonly properties: Properties;
  /** Names of the messages on their way. */
  readonly inFlight: (state: ModelState) => readonly string[];
  readonly first: ModelState;
}

export interface FoundViolation {
  readonly problem: Problem;
  readonly steps: readonly FoundStep[];
  readonly repeatsFrom: number | null;
}

/** Tells what was found, for people and for programs. */
export function counterexample(options: CounterexampleOptions, found: FoundViolation): Violation {
  const { definition, teller } = options;
  const { problem, repeatsFrom } = found;
  const steps = found.steps.map((step, index) => teller.tell(step, index + 1));
  const drawn = found.steps.map(({ transition: { action } }, index) => ({
    step: steps[index] as (typeof steps)[number],
    other: teller.lifelineOf(action),
    isToSaga: isToSaga(action, teller),
  }));
  const count = steps.length === 1 ? '1 step' : `${steps.length} steps`;
  const lines = [
    `Saga ${quoted(definition.name)}: ${quoted(problem.property)} does not hold: ${problem.detail}.`,
    `The shortest way there has ${count}:`,
    ...steps.flatMap(({ number, text }) => [
      ...(number - 1 === repeatsFrom ? ['   and now, for ever:'] : []),
      `${String(number).padStart(3)}. ${text}`,
    ]),
    ...whereItEnds(options, found),
  ];
  const end = `${problem.property}: ${problem.detail}`;
  const diagram = sequenceDiagram({ saga: definition.name, steps: drawn, repeatsFrom, end });
  return { ...problem, steps, repeatsFrom, text: lines.join('\n'), diagram };
}

function whereItEnds(options: CounterexampleOptions, { steps }: FoundViolation): readonly string[] {
  const last = steps.at(-1);
  const state = last === undefined ? options.first : last.transition.problem === null ? last.transition.to : last.from;
  const situation = options.properties.situation(state.instance, state.world);
  if (situation === null) return [];
  const flight = options.inFlight(state);
  return [
    `State: ${situation.state} (${situation.kind}). World: ${JSON.stringify(situation.world)}.`,
    `Timers: ${situation.timers.join(', ') || 'none'}. On their way: ${flight.join(', ') || 'nothing'}.`,
  ];
}

function isToSaga(action: Action, teller: StepTeller): boolean {
  if (action.kind === 'command') return false;
  return action.kind !== 'lost' || teller.messageKind(action.message) === 'event';
}
