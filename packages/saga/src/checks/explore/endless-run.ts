import type { Model } from './model.ts';
import type { SagaModel } from './saga-model.ts';
import type { FoundStep, Search } from './search.ts';
import { strongComponents } from './strong-components.ts';

export interface EndlessRunOptions {
  readonly search: Search;
  readonly model: Model;
  readonly saga: SagaModel;
  /** Whether a person knows of an instance that is in this state. */
  readonly isKnown: (state: string) => boolean;
}

export interface EndlessRun {
  readonly steps: readonly FoundStep[];
  /** Of the steps, those from this index on repeat. */
  readonly repeatsFrom: number;
}

/** What keeps a run that repeats itself from being one that can happen: it must be met somewhere in it. */
type Condition =
  | { readonly kind: 'message'; readonly message: number }
  | { readonly kind: 'timer'; readonly timer: string };

/**
 * Looks for a run that never ends although nobody acts, in the states that a search has seen: a circle in which no message is on its way
 * for ever and no timer is set for ever (each arrives or runs out some day, so a run that leaves one out does not happen).
 */
export class EndlessRuns {
  readonly #options: EndlessRunOptions;

  constructor(options: EndlessRunOptions) {
    this.#options = options;
  }

  /** Of the circles the one that is reached by the fewest steps. */
  first(): EndlessRun | null {
    const { search } = this.#options;
    const graph = {
      size: search.states,
      has: (node: number) => !this.#isKnown(node),
      successors: (node: number) => search.successors(node),
    };
    // States are numbered by their depth.
    const byEntry = strongComponents(graph)
      .map((component) => ({ entry: component.reduce((least, node) => Math.min(least, node)), component }))
      .sort((a, b) => a.entry - b.entry);
    for (const { entry, component } of byEntry) {
      const circle = this.#circle(entry, new Set(component));
      if (circle !== null) {
        const prefix = search.stepsTo(entry);
        return { steps: [...prefix, ...search.stepsAlong(circle)], repeatsFrom: prefix.length };
      }
    }
    return null;
  }

  #isKnown(node: number): boolean {
    const { search, saga, isKnown } = this.#options;
    const { snapshot } = saga.instance(search.state(node).instance);
    return snapshot !== null && isKnown(snapshot.state);
  }

  /** From the entry to itself so that all conditions are met, or `null` when none of the component's circles meets them. */
  #circle(entry: number, component: ReadonlySet<number>): readonly number[] | null {
    let path = this.#path(entry, component, (node) => node === entry);
    for (const condition of this.#conditions(entry)) {
      if (this.#isMetAlong(path, condition)) continue;
      const met = this.#whereMet(component, condition);
      if (met === null) return null;
      const [first = entry] = met;
      const there = first === entry ? [entry] : this.#path(entry, component, (node) => node === first);
      const last = met.at(-1) ?? first;
      const back = last === entry ? [] : this.#path(last, component, (node) => node === entry).slice(1);
      path = [...path, ...there.slice(1), ...met.slice(1), ...back];
    }
    return path;
  }

  #conditions(entry: number): readonly Condition[] {
    const { search, model, saga } = this.#options;
    const { flight, instance } = search.state(entry);
    return [
      ...[...new Set(model.bags.members(flight))].map((message) => ({ kind: 'message', message }) as const),
      ...saga.instance(instance).timers.map((timer) => ({ kind: 'timer', timer }) as const),
    ];
  }

  #isMetAlong(path: readonly number[], condition: Condition): boolean {
    const { search } = this.#options;
    if (path.some((node) => this.#isAbsent(node, condition))) return true;
    return search.stepsAlong(path).some((step) => isMetBy(step, condition));
  }

  /** A state or an edge of the component where the condition is met. */
  #whereMet(component: ReadonlySet<number>, condition: Condition): readonly number[] | null {
    const { search } = this.#options;
    for (const node of component) {
      if (this.#isAbsent(node, condition)) return [node];
      const to = search
        .successors(node)
        .find((next) => component.has(next) && isMetBy(search.stepBetween(node, next), condition));
      if (to !== undefined) return [node, to];
    }
    return null;
  }

  #isAbsent(node: number, condition: Condition): boolean {
    const { search, model, saga } = this.#options;
    const { flight, instance } = search.state(node);
    if (condition.kind === 'message') return !model.bags.members(flight).includes(condition.message);
    return !saga.instance(instance).timers.includes(condition.timer);
  }

  /** The shortest one of at least one edge. */
  #path(from: number, component: ReadonlySet<number>, isEnd: (node: number) => boolean): readonly number[] {
    const parents = new Map<number, number>();
    const queue = [from];
    for (const node of queue) {
      for (const next of this.#options.search.successors(node)) {
        if (isEnd(next)) return [...walkedTo(node, from, parents), next];
        if (!component.has(next) || parents.has(next) || next === from) continue;
        parents.set(next, node);
        queue.push(next);
      }
    }
    return [from];
  }
}

function walkedTo(node: number, from: number, parents: ReadonlyMap<number, number>): readonly number[] {
  const path = [node];
  for (let at = node; at !== from; ) {
    at = parents.get(at) ?? from;
    path.unshift(at);
  }
  return path;
}

function isMetBy({ transition: { action } }: FoundStep, condition: Condition): boolean {
  if (condition.kind === 'message') {
    return (action.kind === 'event' || action.kind === 'command') && action.message === condition.message;
  }
  if (action.kind === 'timer' && action.timer === condition.timer) return true;
  if (action.kind === 'command' || action.kind === 'lost') return false;
  // One that is set anew in each round need not run out.
  return action.step.moves.some(
    ({ cancel, schedule }) =>
      cancel.includes(condition.timer) || schedule.some(({ timer }) => timer === condition.timer),
  );
}
