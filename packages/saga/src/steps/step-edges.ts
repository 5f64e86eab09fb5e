import type { LooseTransition } from '../definition/loose-spec.ts';
import type { TransitionInput } from '../definition/saga-definition.ts';
import { UnknownResultError } from '../errors/unknown-result-error.ts';
import type { LooseEnd } from './loose-step.ts';
import { commandData, type PlannedStep, type Stage } from './planned-step.ts';
import type { Routed, StageRoute } from './stage-route.ts';
import { hasStatus } from './step-changes.ts';
import type { StepStatus, StepsData } from './steps-data.ts';

/** What one input does in one state, wherever it leads. */
export interface Branch {
  readonly from: string;
  readonly targets: readonly string[];
  /** `null`: it is not taken. */
  readonly change: (data: StepsData, input: TransitionInput) => StepsData | null;
  readonly route: (data: StepsData) => Routed;
  /** Where only one place is possible. @default said by the place */
  readonly label?: string;
  /** Timers of a parallel group that end with it although it stays. */
  readonly cancel?: readonly string[];
}

type Send = NonNullable<LooseTransition['send']>;
type Make = NonNullable<Send[string]>;
type Parts = Pick<LooseTransition, 'send' | 'schedule'>;

/** Makes the transitions of the machine out of what inputs do to the data. */
export class StepEdges {
  readonly route: StageRoute;
  readonly #arrivals: ReadonlyMap<string, Parts>;

  constructor(route: StageRoute, ends: { readonly completed: LooseEnd; readonly compensated: LooseEnd }) {
    this.route = route;
    this.#arrivals = new Map<string, Parts>([
      ...route.stages.map((stage) => [stage.name, this.askAll(stage)] as const),
      ...route.undoableSteps.map((step) => [`${step.name}:compensating`, undoOf(step)] as const),
      ['completed', { send: endSends(ends.completed) }],
      ['compensated', { send: endSends(ends.compensated) }],
    ]);
  }

  /** One transition for each place that it can lead to. */
  edges({ from, targets, change, route, label, cancel = [] }: Branch): readonly LooseTransition[] {
    const unique = [...new Set(targets)];
    const routed = (data: unknown, input: TransitionInput): Routed | null => {
      const changed = change(data as StepsData, input);
      return changed === null ? null : route(changed);
    };
    return unique.map((target) => ({
      ...(target !== from && { to: target }),
      label: unique.length === 1 && label !== undefined ? label : labelOf(from, target),
      when: (data, input) => routed(data, input)?.state === target,
      data: (data, input) => routed(data, input)?.data,
      ...(target === from ? { cancel } : { ...this.#arrivals.get(target), cancel: this.timersOf(from) }),
    }));
  }

  /** What begins the first stage, or another one. */
  arrival(state: string): Parts {
    return this.#arrivals.get(state) ?? {};
  }

  /** Sends the commands of all steps that wait, and waits for all. */
  askAll({ steps, isGroup }: Stage): Parts {
    const sends = steps.map((step) => [step.command.name, onlyWhen(step, 'waiting')] as const);
    const timed = isGroup ? steps.filter(({ timeout }) => timeout !== null) : [];
    return {
      send: sendOf(sends),
      schedule: Object.fromEntries(timed.map(({ name, timeout }) => [`${name}:timeout`, timeout?.afterMs ?? 0])),
    };
  }

  /** Sends one step's command again. */
  askOne(step: PlannedStep, isGroup: boolean): Parts {
    return {
      send: { [step.command.name]: commandData(step.command, step.name) },
      ...(isGroup && step.timeout !== null && { schedule: { [`${step.name}:timeout`]: step.timeout.afterMs } }),
    };
  }

  /** Timers that live in a parallel group's state and end when it is left. */
  timersOf(state: string): readonly string[] {
    const group = this.route.stages.find(({ name, isGroup }) => isGroup && name === state);
    return group === undefined ? [] : group.steps.flatMap((step) => timersOfMember(step));
  }
}

export function timersOfMember({ name, timeout, retry }: PlannedStep): readonly string[] {
  return [...(timeout === null ? [] : [`${name}:timeout`]), ...(retry === null ? [] : [`${name}:retry`])];
}

export function undoOf({ name, compensation }: PlannedStep): Parts {
  if (compensation === null) return {};
  const make = commandData(compensation.command, name);
  const send: Make = (data, input, context) => {
    try {
      return make(data, input, context);
    } catch (error) {
      throw Object.hasOwn((data as StepsData).done, name) ? error : new UnknownResultError(name, error);
    }
  };
  return { send: { [compensation.command.name]: send } };
}

function onlyWhen(step: PlannedStep, status: StepStatus): Make {
  const make = commandData(step.command, step.name);
  return (data, input, context) => (hasStatus(data as StepsData, step, [status]) ? make(data, input, context) : null);
}

/** A late success can lead to the same end again, which was told already. */
function endSends(end: LooseEnd): Send {
  const sends = Object.entries(end).flatMap(([name, make]) => {
    if (make === undefined) return [];
    const once: Make = (data, _, context) => ((data as StepsData).ends === 1 ? make(data, context) : null);
    return [[name, once] as const];
  });
  return Object.fromEntries(sends);
}

/** Several steps may send the same command. */
function sendOf(sends: readonly (readonly [string, Make])[]): Send {
  const names = [...new Set(sends.map(([name]) => name))];
  const together = names.map((name) => {
    const makes = sends.flatMap(([one, make]) => (one === name ? [make] : []));
    const make: Make = (data, input, context) => makes.flatMap((one) => one(data, input, context) ?? []);
    return [name, makes.length === 1 ? makes[0] : make] as const;
  });
  return Object.fromEntries(together);
}

function labelOf(from: string, target: string): string {
  if (target === from) return from.endsWith(':uncertain') ? 'others are unclear' : 'others go on';
  if (target === 'compensated') return 'nothing to undo';
  if (target.endsWith(':compensating')) return `undo ${target.slice(0, -':compensating'.length)}`;
  if (target.endsWith(':compensation_failed'))
    return `${target.slice(0, -':compensation_failed'.length)} waits for a person`;
  if (target.endsWith(':uncertain')) return 'unclear';
  if (target.endsWith(':stuck')) return 'given up';
  return 'done';
}
