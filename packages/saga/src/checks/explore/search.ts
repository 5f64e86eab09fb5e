import type { CuttingBound } from './explore-options.ts';
import type { Model, ModelTransition } from './model.ts';
import { type ModelState, rowOf, stateOf, stateWidth } from './model-state.ts';
import { NumberList } from './number-list.ts';
import type { Problem } from './problem.ts';
import type { Properties } from './properties.ts';
import { StateTable } from './state-table.ts';

export interface SearchOptions {
  readonly model: Model;
  readonly properties: Properties;
  readonly first: ModelState;
  readonly depth: number;
  readonly states: number;
  readonly cut: (bound: CuttingBound) => void;
}

/** What was found, with the steps that lead to it. */
export interface Found {
  readonly problem: Problem;
  readonly steps: readonly FoundStep[];
}

export interface FoundStep {
  readonly from: ModelState;
  readonly transition: ModelTransition;
}

/**
 * Explicit-state model checking: breadth first through all states that can be reached, as SPIN (Holzmann) and TLC (Yu, Manolios,
 * Lamport) do it, with whole states in the table instead of their hashes. Since all states of a depth are seen before those of the next
 * one, the first violation found is one with the fewest steps.
 */
export class Search {
  readonly #options: SearchOptions;
  readonly #table = new StateTable(stateWidth);
  /** Of each state the one by which it was found. */
  readonly #parents = new NumberList();
  readonly #depths = new NumberList();
  /** Where the successors of each state begin in {@link #edges}. */
  readonly #offsets = new NumberList();
  readonly #edges = new NumberList();
  #transitions = 0;

  constructor(options: SearchOptions) {
    this.#options = options;
  }

  get states(): number {
    return this.#table.size;
  }

  get transitions(): number {
    return this.#transitions;
  }

  get depth(): number {
    return this.#depths.at(this.#depths.size - 1);
  }

  /** The first violation, or `null` when there is none in what the bounds let it see. */
  run(): Found | null {
    const { first, depth } = this.#options;
    const problem = this.#discover(first, { parent: -1, depth: 0 });
    if (problem !== null) return { problem, steps: [] };
    for (let number = 0; number < this.#table.size; number += 1) {
      this.#offsets.add(this.#edges.size);
      const found = this.#depths.at(number) < depth ? this.#expand(number) : this.#leave(number);
      if (found !== null) return found;
    }
    this.#offsets.add(this.#edges.size);
    return null;
  }

  state(number: number): ModelState {
    return stateOf(this.#table.row(number));
  }

  /** Numbers of the states that follow, in which nobody acted from outside. */
  successors(number: number): readonly number[] {
    if (number + 1 >= this.#offsets.size) return [];
    return this.#edges.between(this.#offsets.at(number), this.#offsets.at(number + 1));
  }

  /** The steps to a state, by the shortest way. */
  stepsTo(number: number): readonly FoundStep[] {
    const path: number[] = [];
    for (let at = number; at !== -1; at = this.#parents.at(at)) path.unshift(at);
    return this.stepsAlong(path);
  }

  stepsAlong(path: readonly number[]): readonly FoundStep[] {
    return path.slice(1).map((to, index) => this.stepBetween(path[index] as number, to));
  }

  stepBetween(number: number, to: number): FoundStep {
    const from = this.state(number);
    for (const transition of this.#options.model.next(from)) {
      if (transition.problem === null && this.#table.find(rowOf(transition.to)) === to) return { from, transition };
    }
    throw new Error(
      'A step that was taken cannot be taken again: a function of the definition or of a participant is not pure.',
    );
  }

  #expand(number: number): Found | null {
    const from = this.state(number);
    const depth = this.#depths.at(number) + 1;
    for (const transition of this.#options.model.next(from)) {
      this.#transitions += 1;
      const problem = transition.problem ?? this.#follow(transition, { parent: number, depth });
      if (problem !== null) return { problem, steps: [...this.stepsTo(number), { from, transition }] };
    }
    return null;
  }

  #follow(transition: ModelTransition, place: { readonly parent: number; readonly depth: number }): Problem | null {
    const known = this.#table.find(rowOf(transition.to));
    if (known === -1 && this.#table.size >= this.#options.states) {
      this.#options.cut('states');
      return null;
    }
    if (transition.action.kind !== 'operator') this.#edges.add(known === -1 ? this.#table.size : known);
    return known === -1 ? this.#discover(transition.to, place) : null;
  }

  #discover(state: ModelState, { parent, depth }: { readonly parent: number; readonly depth: number }): Problem | null {
    const { model, properties } = this.#options;
    this.#table.add(rowOf(state));
    this.#parents.add(parent);
    this.#depths.add(depth);
    return properties.broken(state.instance, state.world, model.isAtRest(state));
  }

  /** It is as deep as allowed: says so where something would follow that was not seen. */
  #leave(number: number): null {
    for (const { to, problem } of this.#options.model.next(this.state(number))) {
      if (problem !== null || this.#table.find(rowOf(to)) === -1) {
        this.#options.cut('depth');
        break;
      }
    }
    return null;
  }
}
