import type { Message } from '@holdfast/core';
import type { LooseReaction, LooseTransition } from '../definition/loose-spec.ts';
import { attemptsOf, type PlannedCompensation, type PlannedStep, pauseMs } from './planned-step.ts';
import { asked, askedAgain, hasStatus, isLeftOpen, isOpen, succeeded, withStatus } from './step-changes.ts';
import { type StepEdges, undoOf } from './step-edges.ts';
import type { StepStatus, StepsData } from './steps-data.ts';

type Transitions = readonly LooseTransition[];
type Events = Readonly<Record<string, LooseTransition | Transitions>>;

interface Undone {
  readonly from: string;
  readonly as: StepStatus;
  readonly targets: readonly string[];
}

/** What the states take in which steps are undone, and the end of it. */
export class UndoReactions {
  readonly #edges: StepEdges;

  constructor(edges: StepEdges) {
    this.#edges = edges;
  }

  /** A compensation is sent. */
  compensating(step: PlannedStep, compensation: PlannedCompensation): LooseReaction {
    const from = `${step.name}:compensating`;
    const timer = `${step.name}:compensation`;
    const mayAgain = (data: unknown) => attemptsOf(data as StepsData, step.name) < compensation.attempts;
    const giveUp = this.#edges.edges({
      from,
      label: 'a person has to look',
      targets: this.#edges.route.targetsOfNotUndone(step),
      route: (data) => this.#edges.route.undo(data),
      change: (data) => withStatus(data, step, 'undo_failed'),
    });
    const again: LooseTransition = {
      to: from,
      label: 'send again',
      when: mayAgain,
      data: (data) => askedAgain(data as StepsData, step, 'undoing'),
      ...undoOf(step),
    };
    const pause: LooseTransition = {
      label: 'try again',
      when: mayAgain,
      schedule: { [timer]: pauseMs(compensation, step.name) },
    };
    return {
      events: {
        ...this.#late(step, { from, failed: this.#edges.route.failedBesides(step) }),
        [compensation.success]: this.#undone(step, {
          from,
          as: 'undone',
          targets: this.#edges.route.targetsOfUndone(step),
        }),
        ...(compensation.failure !== null && { [compensation.failure]: [pause, ...giveUp] }),
      },
      timers: { [timer]: { afterMs: compensation.timeoutMs, take: [again, ...giveUp] } },
    };
  }

  /** A person has to look. */
  compensationFailed(step: PlannedStep, compensation: PlannedCompensation): LooseReaction {
    const from = `${step.name}:compensation_failed`;
    const { route } = this.#edges;
    const targets = route.targetsOfResolved(step);
    return {
      events: {
        ...this.#late(step, { from, failed: route.failedBefore(step) }),
        [compensation.success]: this.#undone(step, { from, as: 'undone', targets }),
      },
      operator: {
        resume: {
          to: `${step.name}:compensating`,
          data: (data) => asked(data as StepsData, step, 'undoing'),
          ...undoOf(step),
        },
        skip: this.#undone(step, { from, as: 'skipped', targets }),
      },
    };
  }

  /** All is undone; what comes late is undone, too. */
  compensated(): LooseReaction {
    const steps = this.#edges.route.undoableSteps;
    return { events: Object.fromEntries(steps.flatMap((step) => this.#lateAnswers(step, 'compensated'))) };
  }

  #undone(step: PlannedStep, { from, as, targets }: Undone): Transitions {
    const { route } = this.#edges;
    return this.#edges.edges({
      from,
      targets,
      route: (data) => route.undo(data),
      change: (data) => withStatus(data, step, as),
    });
  }

  /** Answers to other steps that come while this one is undone. */
  #late(
    step: PlannedStep,
    { from, failed }: { readonly from: string; readonly failed: readonly PlannedStep[] },
  ): Events {
    const undone = failed.flatMap((other) => {
      const event = other.compensation?.success;
      return event === undefined ? [] : [[event, lateUndone(other)] as const];
    });
    const answers = this.#edges.route.lateBesides(step).flatMap((other) => this.#lateAnswers(other, from));
    return Object.fromEntries([...undone, ...answers]);
  }

  #lateAnswers(step: PlannedStep, from: string): readonly (readonly [string, LooseTransition])[] {
    return [
      [step.success, this.#lateSuccess(step, from)],
      ...step.failures.map((event) => [event, lateFailure(step)] as const),
      ...(step.unclear === null ? [] : [[step.unclear, this.#lateUnclear(step, from)] as const]),
    ];
  }

  /** It is remembered until nothing else is left to undo. */
  #lateUnclear(step: PlannedStep, from: string): LooseTransition {
    const stage = this.#edges.route.stages[step.stage]?.name ?? '';
    return {
      ...(from === 'compensated' && { to: `${stage}:uncertain` }),
      label: 'late and unclear',
      when: (data) => isLeftOpen(data as StepsData, step),
      data: (data) => withStatus(data as StepsData, step, 'unclear'),
    };
  }

  /** It is undone now, or after the compensation that is under way. */
  #lateSuccess(step: PlannedStep, from: string): LooseTransition {
    const done = (data: unknown, input: unknown) => succeeded(data as StepsData, step, step.keep(input as Message));
    const late = { label: 'late success', when: (data: unknown) => isOpen(data as StepsData, step) };
    if (step.compensation === null)
      return { ...late, data: (data, input) => withStatus(done(data, input), step, 'undone') };
    if (from.endsWith(':compensating')) return { ...late, data: done };
    return {
      ...late,
      to: `${step.name}:compensating`,
      data: (data, input) => asked(done(data, input), step, 'undoing'),
      ...undoOf(step),
    };
  }
}

function lateFailure(step: PlannedStep): LooseTransition {
  return {
    label: 'late failure',
    when: (data) => hasStatus(data as StepsData, step, ['unknown', 'unclear']),
    data: (data) => withStatus(data as StepsData, step, 'failed'),
  };
}

function lateUndone(step: PlannedStep): LooseTransition {
  return {
    label: 'undone after all',
    when: (data) => hasStatus(data as StepsData, step, ['undo_failed']),
    data: (data) => withStatus(data as StepsData, step, 'undone'),
  };
}
