import { type RunOutcome, runCase } from '../campaign/run-case.ts';
import type { WorldDefinition } from '../campaign/run-world.ts';
import type { Fault } from '../faults/fault.ts';
import { PlanFaults } from '../faults/plan-faults.ts';
import type { FaultPlan } from '../plans/fault-plan.ts';
import { ddmin } from './ddmin.ts';

export interface ShrinkOptions {
  readonly plan: FaultPlan;
  /** The same failure is one of the same check. */
  readonly check: string;
  /** Most runs that are tried. */
  readonly maxRuns: number;
}

export interface ShrunkFailure {
  readonly plan: FaultPlan;
  /** The run of that plan, recorded. */
  readonly outcome: RunOutcome;
  /** How many runs were tried. */
  readonly runs: number;
  /** False when a plan that had failed did not fail again: something besides seed and faults decides. It is not shrunk then. */
  readonly repeats: boolean;
  /** Whether all runs were spent, so that less may be enough. */
  readonly isSpent: boolean;
}

/** Makes a failing run smaller, as long as it fails by the same check: fewer faults, then a smaller world, then shorter faults. */
export async function shrinkFailure<Facts>(
  definition: WorldDefinition<Facts>,
  options: ShrinkOptions,
): Promise<ShrunkFailure> {
  return new Shrinker(definition, options).run();
}

/** Lengths that are tried, the shortest first. */
const SCALES_MS = [1, 10, 100, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000, 600_000];

class Shrinker<Facts> {
  readonly #definition: WorldDefinition<Facts>;
  readonly #options: ShrinkOptions;
  #plan: FaultPlan;
  #runs = 0;

  constructor(definition: WorldDefinition<Facts>, options: ShrinkOptions) {
    this.#definition = definition;
    this.#options = options;
    this.#plan = options.plan;
  }

  async run(): Promise<ShrunkFailure> {
    const { plan } = this.#options;
    const first = await this.#run(plan, true);
    this.#runs += 1;
    if (!this.#isSame(first)) return { plan, outcome: first, runs: this.#runs, repeats: false, isSpent: false };
    await this.#dropFaults();
    if (await this.#makeSmaller()) await this.#dropFaults();
    await this.#shortenFaults();
    const isSpent = this.#runs >= this.#options.maxRuns;
    const outcome = this.#plan === plan ? first : await this.#run(this.#plan, true);
    if (!this.#isSame(outcome)) return { plan, outcome: first, runs: this.#runs, repeats: false, isSpent };
    return { plan: this.#plan, outcome, runs: this.#runs, repeats: true, isSpent };
  }

  async #dropFaults(): Promise<void> {
    const faults = await ddmin(this.#plan.faults, (part) => this.#fails({ ...this.#plan, faults: part }));
    if (faults.length < this.#plan.faults.length) this.#plan = { ...this.#plan, faults };
  }

  /** Halves the size as often as that fails, then takes single steps. */
  async #makeSmaller(): Promise<boolean> {
    const full = this.#plan.size ?? this.#definition.size ?? 1;
    let size = full;
    for (let step = size >> 1; step >= 1; ) {
      const plan = { ...this.#plan, size: size - step };
      if (plan.size >= 1 && (await this.#fails(plan))) {
        this.#plan = plan;
        size = plan.size;
        step = Math.min(step, size >> 1);
      } else step >>= 1;
    }
    return size < full;
  }

  async #shortenFaults(): Promise<void> {
    for (const [index, { ms }] of this.#plan.faults.entries()) {
      if (ms === undefined) continue;
      for (const scale of SCALES_MS) {
        if (scale >= Math.abs(ms)) break;
        const faults = withLength(this.#plan.faults, index, scale * Math.sign(ms));
        if (!(await this.#fails({ ...this.#plan, faults }))) continue;
        this.#plan = { ...this.#plan, faults };
        break;
      }
    }
  }

  async #fails(plan: FaultPlan): Promise<boolean> {
    if (this.#runs >= this.#options.maxRuns) return false;
    this.#runs += 1;
    return this.#isSame(await this.#run(plan, false));
  }

  #run({ seed, size, faults }: FaultPlan, record: boolean): Promise<RunOutcome> {
    const sized = size === undefined ? {} : { size };
    return runCase(this.#definition, { seed, ...sized, faults: new PlanFaults(faults), record });
  }

  #isSame({ problems }: RunOutcome): boolean {
    return problems.some(({ check }) => check === this.#options.check);
  }
}

function withLength(faults: readonly Fault[], index: number, ms: number): readonly Fault[] {
  return faults.map((fault, other) => (other === index ? { ...fault, ms } : fault));
}
