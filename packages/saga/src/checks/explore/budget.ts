/** What a run has used up, as one number. */
export type Spent = number;

export type Spendable = 'duplicates' | 'lost' | 'timers' | 'operator';

const SHIFT: Readonly<Record<Spendable, number>> = { duplicates: 0, lost: 4, timers: 8, operator: 18 };
const MASK: Readonly<Record<Spendable, number>> = { duplicates: 15, lost: 15, timers: 1_023, operator: 1_023 };

/** The largest bound of each. */
export const maxBounds = MASK;

/** The bounds of what may happen in one run. What is not bounded is not counted, so that states differ by nothing else. */
export class Budget {
  readonly #bounds: Readonly<Record<Spendable, number | null>>;

  constructor(bounds: Readonly<Record<Spendable, number | null>>) {
    this.#bounds = bounds;
  }

  has(spent: Spent, what: Spendable): boolean {
    const bound = this.#bounds[what];
    return bound === null || ((spent >> SHIFT[what]) & MASK[what]) < bound;
  }

  spend(spent: Spent, what: Spendable): Spent {
    return this.#bounds[what] === null ? spent : spent + (1 << SHIFT[what]);
  }
}
