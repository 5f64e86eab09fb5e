import type { Message } from '@holdfast/core';
import type { LooseReaction, LooseTransition } from '../definition/loose-spec.ts';
import type { TransitionInput } from '../definition/saga-definition.ts';
import { onlyIfUndoable } from './only-if-undoable.ts';
import { attemptsOf, canBeUncertain, canFail, type PlannedStep, pauseMs, type Stage } from './planned-step.ts';
import { asked, askedAgain, hasStatus, isLeftOpen, succeeded, withFailure, withStatus } from './step-changes.ts';
import { type StepEdges, timersOfMember } from './step-edges.ts';
import type { StepStatus, StepsData } from './steps-data.ts';

type Transitions = readonly LooseTransition[];

/** What the states of one stage take while it goes forward. */
export class ForwardReactions {
  readonly #stage: Stage;
  readonly #edges: StepEdges;

  constructor(stage: Stage, edges: StepEdges) {
    this.#stage = stage;
    this.#edges = edges;
  }

  /** Answers are waited for. */
  waiting(): LooseReaction {
    const { steps, name } = this.#stage;
    const timers = steps.flatMap((step) => Object.entries(this.#timersOf(step)));
    return {
      events: Object.fromEntries(steps.flatMap((step) => Object.entries(this.#answers(step, name)))),
      timers: Object.fromEntries(timers),
      ...this.#cancellable(name),
    };
  }

  /** The step of a stage without others pauses before it is sent again. */
  retrying(step: PlannedStep): LooseReaction {
    const from = `${this.#stage.name}:retrying`;
    const again: LooseTransition = {
      to: this.#stage.name,
      data: (data) => askedAgain(data as StepsData, step),
      ...this.#edges.askOne(step, false),
    };
    return {
      events: { [step.success]: this.#success(step, from), ...this.#unclear(step, from) },
      timers: { [`${step.name}:retry`]: { afterMs: this.#pause(step), take: again } },
      ...this.#cancellable(from),
    };
  }

  /** A late answer or a person says what happened. */
  uncertain(): LooseReaction {
    const from = `${this.#stage.name}:uncertain`;
    const { steps, committed, isGroup } = this.#stage;
    const answers = steps.flatMap((step) => [
      [step.success, this.#success(step, from)] as const,
      ...step.failures.map((event) => [event, this.#failure(step, from)] as const),
      ...(isGroup && !committed ? Object.entries(this.#unclear(step, from)) : []),
    ]);
    return {
      events: Object.fromEntries(answers),
      operator: {
        retry: this.#askAgain(['uncertain']),
        ...(!committed && { compensate: this.#compensate(from), cancel: this.#cancel(from) }),
      },
    };
  }

  /** After the point of no return: a person has to see to it that it succeeds. */
  stuck(): LooseReaction {
    const from = `${this.#stage.name}:stuck`;
    const answers = this.#stage.steps.flatMap((step) => [
      [step.success, this.#success(step, from)] as const,
      ...step.failures.map((event) => [event, this.#late(step)] as const),
    ]);
    return { events: Object.fromEntries(answers), operator: { retry: this.#askAgain(['failed', 'unknown']) } };
  }

  #answers(step: PlannedStep, from: string): Readonly<Record<string, Transitions>> {
    return {
      [step.success]: this.#success(step, from),
      ...Object.fromEntries(step.failures.map((event) => [event, this.#failure(step, from)])),
      ...this.#unclear(step, from),
    };
  }

  #success(step: PlannedStep, from: string): Transitions {
    const next = this.#edges.route.stages[this.#stage.index + 1]?.name ?? 'completed';
    return this.#answered(step, {
      from,
      targets: [next, ...this.#targetsWithOthers(step, from), ...this.#targetsOfVainSuccess(step)],
      change: (data, input) =>
        hasStatus(data, step, ['done']) ? null : succeeded(data, step, step.keep(input as Message)),
    });
  }

  #failure(step: PlannedStep, from: string): Transitions {
    const failed = this.#answered(step, {
      from,
      targets: [...this.#targetsOfGivenUp(step), ...this.#targetsWithOthers(step, from)],
      change: (data, input) => {
        if (!hasStatus(data, step, ['waiting', 'uncertain', 'unknown', 'unclear'])) return null;
        const reason = step.reason?.(input as Message) ?? null;
        return withFailure(withStatus(data, step, 'failed'), { step: step.name, cause: 'failure', reason });
      },
    });
    return step.retry === null ? failed : [this.#retry(step, from), ...failed];
  }

  #retry(step: PlannedStep, from: string): LooseTransition {
    const { isGroup, name } = this.#stage;
    const { retry } = step;
    const target = isGroup ? name : `${name}:retrying`;
    return {
      ...(target !== from && { to: target }),
      label: 'try again',
      when: (data, input) =>
        retry !== null &&
        hasStatus(data as StepsData, step, ['waiting', 'uncertain']) &&
        attemptsOf(data as StepsData, step.name) < retry.attempts &&
        retry.when(input as Message),
      data: (data) => withStatus(data as StepsData, step, 'retrying'),
      ...(isGroup && {
        schedule: { [`${step.name}:retry`]: this.#pause(step) },
        cancel: timersOfMember(step).filter((timer) => timer !== `${step.name}:retry`),
      }),
    };
  }

  #unclear(step: PlannedStep, from: string): Readonly<Record<string, Transitions>> {
    if (step.unclear === null) return {};
    const edges = this.#answered(step, {
      from,
      targets: from === this.#stage.name ? this.#targetsOfUnclear() : [`${this.#stage.name}:uncertain`],
      change: (data) => {
        if (hasStatus(data, step, ['waiting', 'retrying'])) return withStatus(data, step, 'uncertain');
        return !this.#stage.committed && isLeftOpen(data, step) ? withStatus(data, step, 'unclear') : null;
      },
    });
    return { [step.unclear]: edges };
  }

  #timersOf(step: PlannedStep): NonNullable<LooseReaction['timers']> {
    const { isGroup } = this.#stage;
    const { timeout, name } = step;
    const take = timeout === null ? [] : this.#timedOut(step, timeout);
    return {
      ...(timeout !== null && { [`${name}:timeout`]: isGroup ? take : { afterMs: timeout.afterMs, take } }),
      ...(isGroup && step.retry !== null && { [`${name}:retry`]: this.#resend(step, 'retrying') }),
    };
  }

  #timedOut(step: PlannedStep, { resend, unanswered }: NonNullable<PlannedStep['timeout']>): Transitions {
    const { name } = this.#stage;
    const isUncertain = unanswered === 'uncertain';
    const givenUp = this.#answered(step, {
      from: name,
      targets: isUncertain
        ? this.#targetsOfUnclear()
        : [...this.#targetsOfGivenUp(step), ...this.#targetsWithOthers(step, name)],
      change: (data) => {
        if (!hasStatus(data, step, ['waiting'])) return null;
        if (isUncertain) return withStatus(data, step, 'uncertain');
        return withFailure(withStatus(data, step, 'unknown'), { step: step.name, cause: 'timeout', reason: null });
      },
    });
    if (resend === 0) return givenUp;
    const again = this.#resend(step, 'waiting');
    const mayAgain = (data: unknown) =>
      hasStatus(data as StepsData, step, ['waiting']) && attemptsOf(data as StepsData, step.name) <= resend;
    return [{ ...again, when: mayAgain }, ...givenUp];
  }

  #resend(step: PlannedStep, from: StepStatus): LooseTransition {
    const { isGroup, name } = this.#stage;
    return {
      ...(!isGroup && { to: name }),
      label: 'send again',
      when: (data) => hasStatus(data as StepsData, step, [from]),
      data: (data) => askedAgain(data as StepsData, step),
      ...this.#edges.askOne(step, isGroup),
    };
  }

  /** All steps that are in these statuses are sent anew. */
  #askAgain(statuses: readonly StepStatus[]): LooseTransition {
    const { steps, name } = this.#stage;
    return {
      to: name,
      data: (data) =>
        steps.reduce(
          (before, step) => (hasStatus(before, step, statuses) ? asked(before, step) : before),
          data as StepsData,
        ),
      ...this.#edges.askAll(this.#stage),
    };
  }

  #cancellable(from: string): Pick<LooseReaction, 'operator'> {
    return this.#stage.committed ? {} : { operator: { cancel: this.#cancel(from) } };
  }

  /** What runs may still succeed: a late success is compensated. What is uncertain is asked for when all else is undone. */
  #cancel(from: string): Transitions {
    const { name, steps, isGroup } = this.#stage;
    const route = this.#edges.route;
    const isUncertain = from === `${name}:uncertain`;
    const targets = route.targetsOfGivenUp(this.#stage, null).flatMap((target) => {
      if (target !== 'compensated' || !(isUncertain || (isGroup && steps.some(canBeUncertain)))) return [target];
      return isUncertain ? [from] : [`${name}:uncertain`, target];
    });
    return this.#edges.edges({
      from,
      targets,
      route: (data) => route.undo(data),
      change: (data) =>
        withFailure(
          steps.reduce((before, step) => givenUp(before, step), data),
          { step: name, cause: 'operator', reason: null },
        ),
    });
  }

  /** A person decides that all that is unclear is undone as if it had been done, also when the stage is given up already. */
  #compensate(from: string): Transitions {
    const { name, steps, isGroup } = this.#stage;
    const route = this.#edges.route;
    const own = isGroup ? [] : steps.filter(({ compensation }) => compensation !== null);
    const undone = own.map((step) => `${step.name}:compensating`);
    const edges = this.#edges.edges({
      from,
      targets: undone.length > 0 ? undone : route.targetsOfGivenUp(this.#stage, null),
      route: (data) => route.undo(data),
      change: (data) =>
        withFailure(
          steps.reduce((before, step) => takenAsDone(before, step), data),
          { step: name, cause: 'unclear', reason: null },
        ),
    });
    return onlyIfUndoable(edges, steps);
  }

  /** It did not happen after all. */
  #late(step: PlannedStep): LooseTransition {
    return {
      label: 'late failure',
      when: (data) => hasStatus(data as StepsData, step, ['unknown']),
      data: (data) => withStatus(data as StepsData, step, 'failed'),
    };
  }

  #answered(
    step: PlannedStep,
    branch: {
      readonly from: string;
      readonly targets: readonly string[];
      readonly change: (data: StepsData, input: TransitionInput) => StepsData | null;
    },
  ): Transitions {
    const cancel = this.#stage.isGroup && branch.from === this.#stage.name ? timersOfMember(step) : [];
    return this.#edges.edges({ ...branch, cancel, route: (data) => this.#edges.route.forward(this.#stage, data) });
  }

  #targetsOfGivenUp(step: PlannedStep): readonly string[] {
    if (this.#stage.committed) return [`${this.#stage.name}:stuck`];
    return this.#edges.route.targetsOfGivenUp(this.#stage, step);
  }

  /** Where the last success of a group leads when another step has failed. */
  #targetsOfVainSuccess(step: PlannedStep): readonly string[] {
    const { isGroup, committed, name, steps } = this.#stage;
    if (!isGroup || !steps.some((other) => other !== step && canFail(other))) return [];
    return committed ? [`${name}:stuck`] : this.#edges.route.targetsOfVainSuccess(this.#stage, step);
  }

  #targetsOfUnclear(): readonly string[] {
    const { isGroup, name } = this.#stage;
    return [`${name}:uncertain`, ...(isGroup ? [name] : [])];
  }

  /** Where an answer leads because of the others of a group: they have not answered, or nobody knows what became of them. */
  #targetsWithOthers(step: PlannedStep, from: string): readonly string[] {
    const { isGroup, name, steps } = this.#stage;
    if (!isGroup) return [];
    const canWait = steps.some((other) => other !== step && canBeUncertain(other));
    return [...(from === name ? [name] : []), ...(canWait ? [`${name}:uncertain`] : [])];
  }

  #pause(step: PlannedStep): (data: unknown) => number {
    return step.retry === null ? () => 0 : pauseMs(step.retry, step.name);
  }
}

function givenUp(data: StepsData, step: PlannedStep): StepsData {
  if (hasStatus(data, step, ['retrying'])) return withStatus(data, step, 'failed');
  if (hasStatus(data, step, ['uncertain'])) return withStatus(data, step, 'unclear');
  return hasStatus(data, step, ['waiting']) ? withStatus(data, step, 'unknown') : data;
}

function takenAsDone(data: StepsData, step: PlannedStep): StepsData {
  return hasStatus(data, step, ['uncertain', 'unclear']) ? withStatus(data, step, 'done') : data;
}
