import { type RunOutcome, runCase } from '../../../src/campaign/run-case.ts';
import type { WorldDefinition } from '../../../src/campaign/run-world.ts';
import type { Fault, FaultKind } from '../../../src/faults/fault.ts';
import { sweptDurationsMs } from '../../../src/faults/fault-duration.ts';
import { type FaultSource, noFaults, siteAddress } from '../../../src/faults/fault-source.ts';
import { faults } from '../../../src/faults/faults.ts';
import { PlanFaults } from '../../../src/faults/plan-faults.ts';
import { SiteRecorder } from '../../../src/faults/site-recorder.ts';
import { guardGlobals } from '../../../src/guard/guard-globals.ts';
import type { Problem } from '../../../src/kernel/problem.ts';
import { ddmin } from '../../../src/shrink/ddmin.ts';

/** What is known to break a rule. */
export type KnownCatch = Omit<Catch, 'message'>;

/** What a campaign found. */
export interface Catch {
  /** The rule that was broken. */
  readonly check: string;
  readonly message: string;
  readonly seed: number;
  /** What it takes besides the seed. */
  readonly faults: readonly Fault[];
}

export type HuntResult =
  | { readonly type: 'caught'; readonly caught: Catch; readonly runs: number }
  | { readonly type: 'survived'; readonly runs: number }
  /** No rule was broken, but the run itself failed: that proves nothing. */
  | { readonly type: 'broken'; readonly message: string };

export interface HuntOptions {
  /** Seeds with faults of all kinds. */
  readonly seeds: number;
  /** Most runs of the sweep of single faults. */
  readonly sweep: number;
  /** Runs that are made first: what caught it before. */
  readonly plans: readonly KnownCatch[];
}

/** An error of the code itself, which no rule is about: a patch that does not fit its surroundings. */
const ofTheCode = /the run does not throw|ReferenceError|SyntaxError|TypeError|is not a function|is not defined/;
const SHRINK_RUNS = 1_000;
/** So many seeds are tried without faults first. */
const CALM_SEEDS = 2;

/** Looks for a broken rule: a few seeds without faults, then seeds with faults until one fails, made smaller; then each single fault, when it takes more than one. */
export async function hunt<Facts>(definition: WorldDefinition<Facts>, options: HuntOptions): Promise<HuntResult> {
  const release = guardGlobals();
  try {
    return await new Hunt(definition, options).run();
  } finally {
    release();
  }
}

class Hunt<Facts> {
  readonly #definition: WorldDefinition<Facts>;
  readonly #options: HuntOptions;
  #runs = 0;

  constructor(definition: WorldDefinition<Facts>, options: HuntOptions) {
    this.#definition = definition;
    this.#options = options;
  }

  async run(): Promise<HuntResult> {
    for (const plan of this.#options.plans) {
      const outcome = await this.#run(plan.seed, { faults: new PlanFaults(plan.faults) });
      const problem = outcome.problems.find(({ check }) => check === plan.check) ?? mostTelling(outcome.problems);
      const broken = problem === undefined ? null : brokenBy(outcome);
      if (broken !== null) return { type: 'broken', message: broken };
      if (problem !== undefined)
        return { type: 'caught', caught: { ...problem, seed: plan.seed, faults: plan.faults }, runs: this.#runs };
    }
    const found = await this.#bySeeds();
    if (found !== null && found.broken !== undefined) return { type: 'broken', message: found.broken };
    const single = found?.caught !== undefined && found.caught.faults.length <= 1 ? null : await this.#bySingleFaults();
    if (single?.broken !== undefined) return { type: 'broken', message: single.broken };
    const caught = single?.caught ?? found?.caught;
    return caught === undefined ? { type: 'survived', runs: this.#runs } : { type: 'caught', caught, runs: this.#runs };
  }

  async #bySeeds(): Promise<{ caught?: Catch; broken?: string } | null> {
    const swarm = faults.swarm();
    for (let index = 1 - CALM_SEEDS; index <= this.#options.seeds; index += 1) {
      const seed = index > 0 ? index : index + CALM_SEEDS;
      const outcome = await this.#run(seed, { faults: index > 0 ? swarm.source(seed) : noFaults });
      const problem = mostTelling(outcome.problems);
      if (problem === undefined) continue;
      const broken = brokenBy(outcome);
      if (broken !== null) return { broken };
      return { caught: await this.#shrunk({ ...problem, seed, faults: outcome.faults }) };
    }
    return null;
  }

  async #shrunk(caught: Catch): Promise<Catch> {
    const until = this.#runs + SHRINK_RUNS;
    let last = caught;
    const fails = async (part: readonly Fault[]) => {
      if (this.#runs >= until) return false;
      const { problems } = await this.#run(caught.seed, { faults: new PlanFaults(part) });
      const same = problems.find(({ check }) => check === caught.check);
      if (same !== undefined) last = { ...caught, ...same, faults: part };
      return same !== undefined;
    };
    await ddmin(caught.faults, fails);
    return last;
  }

  async #bySingleFaults(): Promise<{ caught?: Catch; broken?: string } | null> {
    if (this.#options.sweep === 0) return null;
    const seed = 1;
    const sites = new SiteRecorder();
    await this.#run(seed, { faults: sites });
    const singles = sites.sites.flatMap((site) => site.kinds.flatMap((kind) => faultsOf(siteAddress(site), kind)));
    const step = Math.max(1, singles.length / this.#options.sweep);
    for (let index = 0; index < singles.length; index += step) {
      const fault = singles[Math.floor(index)];
      if (fault === undefined) continue;
      const outcome = await this.#run(seed, { faults: new PlanFaults([fault]) });
      const problem = mostTelling(outcome.problems);
      if (problem === undefined) continue;
      const broken = brokenBy(outcome);
      return broken === null ? { caught: { ...problem, seed, faults: [fault] } } : { broken };
    }
    return null;
  }

  #run(seed: number, { faults }: { readonly faults: FaultSource }): Promise<RunOutcome> {
    this.#runs += 1;
    return runCase(this.#definition, { seed, faults });
  }
}

/** A rule of the world says more than one that holds in each: that it comes to rest, that nothing is left. */
function mostTelling(problems: readonly Problem[]): Problem | undefined {
  const rank = ({ check }: Problem) => usual.indexOf(check);
  return problems.toSorted((one, other) => rank(one) - rank(other))[0];
}

const usual: readonly string[] = [
  'clients come to their end',
  'everything comes to rest',
  'processes run when nothing goes wrong',
  'a run comes to its end',
  'processes stop',
  'nothing is left after a stop',
];

function brokenBy({ problems, error }: RunOutcome): string | null {
  if (error !== undefined) return problems.at(-1)?.message ?? 'it threw';
  const broken = problems.find(({ check, message }) => ofTheCode.test(check) || ofTheCode.test(message));
  return broken === undefined ? null : `${broken.check}: ${broken.message}`;
}

function faultsOf(at: string, kind: FaultKind): Fault[] {
  return sweptDurationsMs(kind).map((ms) => ({ at, kind, ...(ms === undefined ? {} : { ms }) }));
}
