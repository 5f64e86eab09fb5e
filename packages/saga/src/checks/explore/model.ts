import { Bags } from './bags.ts';
import type { Budget } from './budget.ts';
import type { CuttingBound } from './explore-options.ts';
import { type ModelMessage, type ModelMessages, startSource } from './model-messages.ts';
import type { ModelState } from './model-state.ts';
import type { ModelReaction, ParticipantsModel } from './participants-model.ts';
import type { Problem } from './problem.ts';
import type { SagaModel, SagaStep } from './saga-model.ts';

/** What happens in a step. */
export type Action =
  | { readonly kind: 'event'; readonly message: number; readonly redelivered: boolean; readonly step: SagaStep }
  | {
      readonly kind: 'command';
      readonly message: number;
      readonly redelivered: boolean;
      readonly reaction: ModelReaction;
    }
  | { readonly kind: 'timer'; readonly timer: string; readonly step: SagaStep }
  | { readonly kind: 'operator'; readonly action: string; readonly step: SagaStep }
  | { readonly kind: 'lost'; readonly message: number };

export interface ModelTransition {
  readonly action: Action;
  /** Without meaning when there is a problem. */
  readonly to: ModelState;
  readonly problem: Problem | null;
}

export interface ModelOptions {
  readonly messages: ModelMessages;
  readonly saga: SagaModel;
  readonly participants: ParticipantsModel;
  readonly budget: Budget;
  readonly operator: readonly string[];
  readonly copies: number;
  /** Told when something is left out because of a bound. */
  readonly cut: (bound: CuttingBound) => void;
}

/** Everything that can happen next, in any state. */
export class Model {
  readonly bags = new Bags();
  readonly #options: ModelOptions;

  constructor(options: ModelOptions) {
    this.#options = options;
  }

  first(world: unknown, start: readonly number[]): ModelState {
    const { saga, participants } = this.#options;
    const nothing = {
      instance: saga.none,
      world: participants.numberOf(world),
      flight: 0,
      delivered: 0,
      known: 0,
      spent: 0,
    };
    return this.#send(nothing, start);
  }

  /** Nothing is left to happen but what a person may do, and messages that come once more. */
  isAtRest({ instance, flight }: ModelState): boolean {
    return flight === 0 && this.#options.saga.instance(instance).timers.length === 0;
  }

  *next(state: ModelState): Generator<ModelTransition> {
    const distinct = new Set(this.bags.members(state.flight));
    for (const message of distinct) yield* this.#arrivals(state, message);
    yield* this.#timers(state);
    yield* this.#actions(state);
    if (this.#options.budget.has(state.spent, 'duplicates')) {
      for (const message of this.bags.members(state.delivered)) yield* this.#arrivalsAgain(state, message);
    }
    if (this.#options.budget.has(state.spent, 'lost')) {
      for (const message of distinct) yield* this.#loss(state, message);
    }
  }

  *#arrivals(state: ModelState, number: number): Generator<ModelTransition> {
    const message = this.#options.messages.get(number);
    const without = this.#delivered({ ...state, flight: this.bags.remove(state.flight, number) }, number, message);
    yield* this.#handled(without, { message: number, redelivered: false });
  }

  /** Only where it makes a difference: what changes nothing leads to nothing new. */
  *#arrivalsAgain(state: ModelState, number: number): Generator<ModelTransition> {
    const { messages, budget } = this.#options;
    const isEvent = messages.get(number).kind === 'event';
    const spent = budget.spend(state.spent, 'duplicates');
    const without = { ...state, spent, delivered: budget.has(spent, 'duplicates') ? state.delivered : 0 };
    const message = isEvent ? messages.again(number) : number;
    for (const transition of this.#handled(without, { message, redelivered: true })) {
      const { to, problem } = transition;
      const isSame = to.instance === state.instance && to.world === state.world && to.flight === state.flight;
      if (problem !== null || !isSame) yield transition;
    }
  }

  *#handled(
    state: ModelState,
    { message, redelivered }: { readonly message: number; readonly redelivered: boolean },
  ): Generator<ModelTransition> {
    const { messages, saga, participants } = this.#options;
    const { kind, problem } = messages.get(message);
    if (kind === 'event') {
      const step = saga.step(state.instance, { kind, message });
      yield this.#moved(state, step, { action: { kind, message, redelivered, step }, problem });
      return;
    }
    for (const reaction of participants.reactions(state.world, message, redelivered)) {
      const to = this.#send({ ...state, world: reaction.world }, reaction.answers);
      yield { action: { kind, message, redelivered, reaction }, to, problem: reaction.problem };
    }
  }

  *#timers(state: ModelState): Generator<ModelTransition> {
    const { saga, budget, cut } = this.#options;
    const { timers } = saga.instance(state.instance);
    if (timers.length > 0 && !budget.has(state.spent, 'timers')) {
      cut('timers');
      return;
    }
    const spent = budget.spend(state.spent, 'timers');
    for (const timer of timers) {
      const step = saga.step(state.instance, { kind: 'timer', timer });
      yield this.#moved({ ...state, spent }, step, { action: { kind: 'timer', timer, step }, problem: null });
    }
  }

  *#actions(state: ModelState): Generator<ModelTransition> {
    const { saga, budget, operator, cut } = this.#options;
    for (const action of operator) {
      const step = saga.step(state.instance, { kind: 'operator', action });
      if (step.outcome === 'refused') continue;
      if (!budget.has(state.spent, 'operator')) {
        cut('operator');
        return;
      }
      const spent = budget.spend(state.spent, 'operator');
      yield this.#moved({ ...state, spent }, step, { action: { kind: 'operator', action, step }, problem: null });
    }
  }

  /** Not of what begins it: then there would be nothing to look at. */
  *#loss(state: ModelState, message: number): Generator<ModelTransition> {
    if (this.#options.messages.get(message).message.source === startSource) return;
    const spent = this.#options.budget.spend(state.spent, 'lost');
    const to = { ...state, spent, flight: this.bags.remove(state.flight, message) };
    yield { action: { kind: 'lost', message }, to, problem: null };
  }

  #moved(
    state: ModelState,
    step: SagaStep,
    { action, problem }: { readonly action: Action; readonly problem: Problem | null },
  ): ModelTransition {
    const to = this.#send({ ...state, instance: step.next }, step.sent);
    return { action, to, problem: problem ?? step.problem };
  }

  #delivered(state: ModelState, number: number, { kind, fixedId }: ModelMessage): ModelState {
    if (kind === 'event' && fixedId !== null) return { ...state, known: this.bags.add(state.known, number) };
    const isNoted = this.bags.members(state.delivered).includes(number);
    if (isNoted || !this.#options.budget.has(state.spent, 'duplicates')) return state;
    return { ...state, delivered: this.bags.add(state.delivered, number) };
  }

  #send(state: ModelState, sent: readonly number[]): ModelState {
    let { flight } = state;
    for (const message of sent) {
      const isDropped = this.#isKnown({ ...state, flight }, message);
      if (!isDropped && this.#isOneTooMany(flight, message)) this.#options.cut('copies');
      else if (!isDropped) flight = this.bags.add(flight, message);
    }
    return { ...state, flight };
  }

  /** The inbox drops the second event of an id. */
  #isKnown({ flight, known }: ModelState, message: number): boolean {
    const { kind, fixedId } = this.#options.messages.get(message);
    if (kind !== 'event' || fixedId === null) return false;
    const others = [...this.bags.members(flight), ...this.bags.members(known)];
    return others.some((other) => this.#options.messages.get(other).fixedId === fixedId);
  }

  #isOneTooMany(flight: number, message: number): boolean {
    const copies = this.bags.members(flight).filter((other) => other === message).length;
    return copies >= this.#options.copies;
  }
}
