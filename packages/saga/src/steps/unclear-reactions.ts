import type { Message } from '@holdfast/core';
import { type LooseReaction, type LooseTransition, listOf } from '../definition/loose-spec.ts';
import type { PlannedStep, Stage } from './planned-step.ts';
import { hasStatus, isLeftOpen, isOpen, succeeded, withStatus } from './step-changes.ts';
import type { StepEdges } from './step-edges.ts';
import type { StepStatus, StepsData } from './steps-data.ts';

type Transitions = readonly LooseTransition[];
type Inputs = Readonly<Record<string, LooseTransition | Transitions>>;

/** What the `uncertain` state of a stage takes when the stage is given up, all else is undone, and some of its steps are unclear. */
export class UnclearReactions {
  readonly #stage: Stage;
  readonly #edges: StepEdges;
  readonly #from: string;

  constructor(stage: Stage, edges: StepEdges) {
    this.#stage = stage;
    this.#edges = edges;
    this.#from = `${stage.name}:uncertain`;
  }

  /** Together with what the state takes while the saga goes forward. */
  beside({ events = {}, operator = {} }: LooseReaction): LooseReaction {
    if (this.#stage.committed) return { events, operator };
    const answers = this.#stage.steps.flatMap((step) => this.#answers(step));
    const { compensate = [], ...onlyForward } = operator;
    const actions = this.#joined([['dismiss', this.#dismiss()]], onlyForward);
    return { events: this.#joined(answers, events), operator: { compensate, ...actions } };
  }

  #answers(step: PlannedStep): readonly (readonly [string, Transitions])[] {
    return [
      [step.success, this.#success(step)],
      ...step.failures.map((event) => [event, this.#failure(step)] as const),
      ...(step.unclear === null || !this.#stage.isGroup ? [] : [[step.unclear, this.#unclear(step)] as const]),
    ];
  }

  #success(step: PlannedStep): Transitions {
    const targets = step.compensation === null ? this.#rest() : [`${step.name}:compensating`];
    return this.#edge(targets, (data, input) =>
      isOpen(data, step) ? succeeded(data, step, step.keep(input as Message)) : null,
    );
  }

  #failure(step: PlannedStep): Transitions {
    return this.#edge(this.#rest(), (data) =>
      hasStatus(data, step, ['unknown', 'unclear']) ? withStatus(data, step, 'failed') : null,
    );
  }

  #unclear(step: PlannedStep): Transitions {
    return this.#edge([this.#from], (data) => (isLeftOpen(data, step) ? withStatus(data, step, 'unclear') : null));
  }

  /** A person knows that none of those that are unclear happened. */
  #dismiss(): Transitions {
    return this.#edge(['compensated'], (data) =>
      this.#stage.steps.reduce(
        (before, step) => (hasStatus(before, step, ['unclear']) ? withStatus(before, step, 'dismissed') : before),
        data,
      ),
    );
  }

  #edge(targets: readonly string[], change: (data: StepsData, input: unknown) => StepsData | null): Transitions {
    const { route } = this.#edges;
    return this.#edges.edges({
      from: this.#from,
      targets,
      route: (data) => route.undo(data),
      change: (data, input) => (this.#isGivenUp(data) ? change(data, input) : null),
    });
  }

  /** Where it goes when one is known not to have happened. */
  #rest(): readonly string[] {
    return [...(this.#stage.isGroup ? [this.#from] : []), 'compensated'];
  }

  /** While the saga goes forward, those that wait for an answer or a person are `uncertain`. */
  #isGivenUp(data: unknown): boolean {
    const some = (status: StepStatus) => this.#stage.steps.some((step) => hasStatus(data as StepsData, step, [status]));
    return some('unclear') && !some('uncertain');
  }

  #joined(given: readonly (readonly [string, Transitions])[], forward: Inputs): Inputs {
    const all = new Map<string, Transitions>();
    for (const [name, transitions] of Object.entries(forward)) {
      all.set(
        name,
        listOf(transitions).map((transition) => this.#onlyForward(transition)),
      );
    }
    for (const [name, transitions] of given) all.set(name, [...transitions, ...(all.get(name) ?? [])]);
    return Object.fromEntries(all);
  }

  #onlyForward(transition: LooseTransition): LooseTransition {
    const { when, label = 'unless it is given up' } = transition;
    return {
      ...transition,
      label,
      when: (data, input, context) => !this.#isGivenUp(data) && (when?.(data, input, context) ?? true),
    };
  }
}
