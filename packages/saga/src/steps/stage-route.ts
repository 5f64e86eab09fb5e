import { canBeUncertain, type PlannedStep, type Stage } from './planned-step.ts';
import { asked, hasStatus, withStatus } from './step-changes.ts';
import type { StepStatus, StepsData } from './steps-data.ts';

/** Where an instance goes, and with which data. */
export interface Routed {
  readonly state: string;
  readonly data: StepsData;
}

const RUNNING: readonly StepStatus[] = ['waiting', 'retrying'];

/** Where an instance goes by what is known of its steps. Pure. */
export class StageRoute {
  readonly stages: readonly Stage[];

  constructor(stages: readonly Stage[]) {
    this.stages = stages;
  }

  /** Asks all steps of a stage; behind the last one it is completed. */
  enter(index: number, data: StepsData): Routed {
    const stage = this.stages[index];
    if (stage === undefined) return { state: 'completed', data: { ...data, ends: data.ends + 1 } };
    return { state: stage.name, data: stage.steps.reduce((before, step) => asked(before, step), data) };
  }

  /** After an answer in a stage: nothing is undone before all of its steps have answered or are given up. */
  forward(stage: Stage, data: StepsData): Routed {
    const some = (statuses: readonly StepStatus[]) => stage.steps.some((step) => hasStatus(data, step, statuses));
    if (some(RUNNING))
      return { state: !stage.isGroup && some(['retrying']) ? `${stage.name}:retrying` : stage.name, data };
    if (some(['uncertain'])) return { state: `${stage.name}:uncertain`, data };
    if (!some(['failed', 'unknown', 'unclear'])) return this.enter(stage.index + 1, { ...data, failure: null });
    return stage.committed ? { state: `${stage.name}:stuck`, data } : this.undo(data);
  }

  /**
   * The latest step that is done is undone next. One that could not be undone holds back those of earlier stages, but not those beside it
   * and no late success. What stays unclear is asked for when nothing else is left to undo.
   */
  undo(data: StepsData): Routed {
    let next = data;
    for (const stage of this.#undoable()) {
      const latestFirst = [...stage.steps].reverse();
      for (const step of latestFirst.filter((one) => hasStatus(data, one, ['done']))) {
        if (step.compensation !== null)
          return { state: `${step.name}:compensating`, data: asked(next, step, 'undoing') };
        next = withStatus(next, step, 'undone');
      }
      const failed = latestFirst.find((step) => hasStatus(data, step, ['undo_failed']));
      if (failed !== undefined) return { state: `${failed.name}:compensation_failed`, data: next };
    }
    const unclear = this.#undoable().find(({ steps }) => steps.some((step) => hasStatus(data, step, ['unclear'])));
    if (unclear !== undefined) return { state: uncertain(unclear), data: next };
    return { state: 'compensated', data: { ...next, ends: next.ends + 1 } };
  }

  /** Where it can go when a stage is given up; `failed` is the step that is known not to be done. */
  targetsOfGivenUp(stage: Stage, failed: PlannedStep | null): readonly string[] {
    const beside = stage.isGroup ? compensable(stage.steps.filter((step) => step !== failed)) : [];
    const before = compensable(this.undoableSteps.filter((step) => step.stage < stage.index)).at(-1);
    return [...beside.map(compensating), before === undefined ? 'compensated' : compensating(before)];
  }

  /** The same when it is a success after which nobody is waited for any more: it is undone, or a later one that is done, too. */
  targetsOfVainSuccess(stage: Stage, done: PlannedStep): readonly string[] {
    if (done.compensation === null) return this.targetsOfGivenUp(stage, null);
    const later = stage.steps.length > 2 ? compensable(stage.steps.slice(stage.steps.indexOf(done) + 1)) : [];
    return [done, ...later].map(compensating);
  }

  /** Where it can go when a step has been undone while it was `compensating`. */
  targetsOfUndone(undone: PlannedStep): readonly string[] {
    return [
      ...compensable(this.lateBesides(undone)).map(compensating),
      ...this.#targetsBefore(undone),
      ...this.failedBesides(undone).map(compensationFailed),
      ...this.#ends(undone),
    ];
  }

  /** The same while a person was waited for: late successes did not wait for that. */
  targetsOfResolved(resolved: PlannedStep): readonly string[] {
    return [
      ...this.#targetsBefore(resolved),
      ...this.failedBefore(resolved).map(compensationFailed),
      ...this.#ends(resolved),
    ];
  }

  /** Where it can go when a step could not be undone. */
  targetsOfNotUndone(failed: PlannedStep): readonly string[] {
    const all = this.undoableSteps;
    const laterBeside = all.filter((step, index) => step.stage === failed.stage && index > all.indexOf(failed));
    return [
      ...compensable(this.lateBesides(failed)).map(compensating),
      ...[failed, ...compensable(laterBeside)].map(compensationFailed),
    ];
  }

  /** Steps whose success can be late while another step is undone. */
  lateBesides(undone: PlannedStep): readonly PlannedStep[] {
    return this.undoableSteps.filter((step) => step.stage >= undone.stage && step !== undone);
  }

  /** Steps whose compensation can have failed while another one is undone. */
  failedBesides(undone: PlannedStep): readonly PlannedStep[] {
    return compensable(this.undoableSteps).filter((step) => step.stage <= undone.stage && step !== undone);
  }

  /** The same while a person is waited for: the latest one is looked at first. */
  failedBefore(failed: PlannedStep): readonly PlannedStep[] {
    return compensable(this.undoableSteps.slice(0, this.undoableSteps.indexOf(failed)));
  }

  /** Steps before the point of no return, in their order. */
  get undoableSteps(): readonly PlannedStep[] {
    return this.stages.filter(({ committed }) => !committed).flatMap(({ steps }) => steps);
  }

  /** Steps whose outcome can stay unclear although they are given up. */
  leftUnclear({ steps, committed }: Stage): readonly PlannedStep[] {
    return committed ? [] : steps.filter(canBeUncertain);
  }

  /** Where it can go when this was the last step to be undone. */
  #ends(undone: PlannedStep): readonly string[] {
    const asked = this.stages.filter(
      (stage) => stage.index >= undone.stage && this.leftUnclear(stage).some((step) => step !== undone),
    );
    return [...asked.map(uncertain), 'compensated'];
  }

  #targetsBefore(undone: PlannedStep): readonly string[] {
    const before = compensable(this.undoableSteps.filter(({ stage }) => stage < undone.stage));
    // The last step of all is undone only when its success is late, unless a person decides; the undoing of the one before it has begun by then.
    const isLate = this.lateBesides(undone).length === 0 && !canBeUncertain(undone);
    return (isLate ? before.slice(0, -1) : before).map(compensating);
  }

  #undoable(): readonly Stage[] {
    return this.stages.filter(({ committed }) => !committed).reverse();
  }
}

function compensable(steps: readonly PlannedStep[]): readonly PlannedStep[] {
  return steps.filter(({ compensation }) => compensation !== null);
}

function uncertain({ name }: Stage): string {
  return `${name}:uncertain`;
}

function compensationFailed({ name }: PlannedStep): string {
  return `${name}:compensation_failed`;
}

function compensating({ name }: PlannedStep): string {
  return `${name}:compensating`;
}
