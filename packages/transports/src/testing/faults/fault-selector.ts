import { type Envelope, InvalidOptionError, integerOption, numberOption, type Random } from '@holdfast/core';
import type { FaultCondition } from './fault-condition.ts';

interface NamedFault extends FaultCondition {
  readonly fault: string;
}

interface Rule<F> {
  readonly fault: F;
  readonly indexes: ReadonlySet<number> | null;
  left: number;
}

/** Picks the faults of a plan that hit a message, and counts them. */
export class FaultSelector<F extends NamedFault> {
  readonly #rules: readonly Rule<F>[];
  readonly #random: Random | undefined;
  readonly #hits = new Map<string, number>();
  #index = 0;

  constructor(faults: readonly F[], random: Random | undefined) {
    this.#random = random;
    this.#rules = faults.map((fault) => ruleOf(fault, random));
  }

  /** The faults that hit the next message, in the order of the plan. */
  select(envelope: Envelope): readonly F[] {
    const index = this.#index;
    this.#index += 1;
    const selected: F[] = [];
    for (const rule of this.#rules) {
      if (!this.#isHit(rule, envelope, index)) continue;
      rule.left -= 1;
      selected.push(rule.fault);
      this.#hits.set(rule.fault.fault, (this.#hits.get(rule.fault.fault) ?? 0) + 1);
    }
    return selected;
  }

  hits(fault: F['fault']): number {
    return this.#hits.get(fault) ?? 0;
  }

  #isHit({ fault, indexes, left }: Rule<F>, envelope: Envelope, index: number): boolean {
    if (left === 0 || (indexes !== null && !indexes.has(index))) return false;
    if (fault.when !== undefined && !fault.when(envelope, index)) return false;
    return fault.probability === undefined || (this.#random?.next() ?? 1) < fault.probability;
  }
}

function ruleOf<F extends NamedFault>(fault: F, random: Random | undefined): Rule<F> {
  const { at, probability, times } = fault;
  if (probability !== undefined) {
    numberOption('probability', probability, { min: 0, max: 1 });
    if (random === undefined)
      throw new InvalidOptionError('random', random, 'a Random, since a fault has a probability');
  }
  const indexes = at === undefined ? null : new Set(typeof at === 'number' ? [at] : at);
  for (const index of indexes ?? []) integerOption('at', index, { min: 0 });
  return { fault, indexes, left: times === undefined ? Infinity : integerOption('times', times, { min: 1 }) };
}
