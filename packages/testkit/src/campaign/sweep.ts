import { integerOption, oneOfOption } from '@holdfast/core';
import type { Fault, FaultKind } from '../faults/fault.ts';
import { faultKinds } from '../faults/fault.ts';
import { sweptDurationsMs } from '../faults/fault-duration.ts';
import { siteAddress } from '../faults/fault-source.ts';
import { PlanFaults } from '../faults/plan-faults.ts';
import { SiteRecorder } from '../faults/site-recorder.ts';
import { guardGlobals } from '../guard/guard-globals.ts';
import { chanceOf, mix } from '../kernel/mix.ts';
import type { Problem } from '../kernel/problem.ts';

import { failureReport } from '../report/failure-report.ts';
import { campaignFailure } from './campaign-failure.ts';
import { type RunOutcome, runCase } from './run-case.ts';
import type { WorldDefinition } from './run-world.ts';
import { SimulationFailedError } from './simulation-failed-error.ts';

export interface SweepOptions {
  /** @default 1 */
  readonly seed?: number;
  /** @default every kind that a site allows */
  readonly kinds?: readonly FaultKind[];
  /** So many pairs of faults are tried as well, evenly over all that there are. @default 0 */
  readonly pairs?: number;
  /** @default 1_000_000 */
  readonly maxRuns?: number;
  /** Ends the sweep after the run that is under way, with what it has done so far. */
  readonly signal?: AbortSignal;
  /** Called after each run. */
  readonly onProgress?: (progress: SweepProgress) => void;
}

/** How far a sweep is. */
export interface SweepProgress {
  readonly runs: number;
  readonly ofRuns: number;
}

export interface SweepFailure {
  /** What it takes: one fault, or a pair. */
  readonly faults: readonly Fault[];
  readonly problems: readonly Problem[];
}

export interface SweepReport {
  readonly seed: number;
  /** Places where something may go wrong, in the run without faults. */
  readonly sites: number;
  readonly runs: number;
  readonly pairs: number;
  readonly steps: number;
  /** Single faults that did not happen though their site was there without them: 0, or something besides the seed decides. */
  readonly missed: number;
  /** Whether every fault was tried, and not only as many as `maxRuns` and `signal` allow. */
  readonly isComplete: boolean;
  readonly failures: readonly SweepFailure[];
  /** In how many runs each condition was met. */
  readonly seen: Readonly<Record<string, number>>;
}

/**
 * One run without faults, then one run for each place where something may go wrong and each kind of what may go wrong there. It does not stop at a
 * failure: it returns them all.
 * @throws SimulationFailedError when the run without faults fails, and when nothing can go wrong in it
 */
export async function sweep<Facts>(
  definition: WorldDefinition<Facts>,
  options: SweepOptions = {},
): Promise<SweepReport> {
  return new Sweep(definition, options).run();
}

class Sweep<Facts> {
  readonly #definition: WorldDefinition<Facts>;
  readonly #seed: number;
  readonly #kinds: ReadonlySet<FaultKind>;
  readonly #pairs: number;
  readonly #maxRuns: number;
  readonly #signal: AbortSignal | undefined;
  readonly #onProgress: (progress: SweepProgress) => void;
  readonly #failures: SweepFailure[] = [];
  readonly #seen = new Map<string, number>();
  #runs = 0;
  #steps = 0;
  #missed = 0;

  constructor(definition: WorldDefinition<Facts>, options: SweepOptions) {
    const { seed, kinds = faultKinds, pairs, maxRuns, signal, onProgress = () => {} } = options;
    this.#definition = definition;
    this.#signal = signal;
    this.#onProgress = onProgress;
    this.#seed = integerOption('seed', seed, { min: 0, max: 2 ** 32 - 1, default: 1 });
    this.#kinds = new Set(kinds.map((kind) => oneOfOption('kinds', kind, { allowed: faultKinds })));
    this.#pairs = integerOption('pairs', pairs, { min: 0, max: 1e9, default: 0 });
    this.#maxRuns = integerOption('maxRuns', maxRuns, { min: 1, default: 1_000_000 });
  }

  async run(): Promise<SweepReport> {
    // Each run holds it too; taking it over and over takes longer.
    const release = guardGlobals();
    try {
      return await this.#run();
    } finally {
      release();
    }
  }

  async #run(): Promise<SweepReport> {
    const recorder = new SiteRecorder();
    await this.#runWithoutFaults(recorder);
    const singles = recorder.sites.flatMap((site) =>
      site.kinds.filter((kind) => this.#kinds.has(kind)).flatMap((kind) => faultsOf(siteAddress(site), kind)),
    );
    if (singles.length === 0) this.#failWithoutSites();
    const pairs = this.#drawPairs(singles);
    const ofRuns = Math.min(this.#maxRuns, 1 + singles.length + pairs.length);
    for (const faults of [...singles.map((fault) => [fault]), ...pairs]) {
      if (this.#runs >= this.#maxRuns || this.#signal?.aborted === true) break;
      await this.#try(faults);
      this.#onProgress({ runs: this.#runs, ofRuns });
    }
    return {
      seed: this.#seed,
      sites: recorder.sites.length,
      runs: this.#runs,
      pairs: pairs.length,
      steps: this.#steps,
      missed: this.#missed,
      isComplete: this.#runs <= this.#maxRuns && 1 + singles.length + pairs.length === this.#runs,
      failures: this.#failures,
      seen: Object.fromEntries(this.#seen),
    };
  }

  /** Nothing that was tried is nothing that was survived. */
  #failWithoutSites(): never {
    const kinds = [...this.#kinds].join(', ');
    const report = `The sweep found no place where anything of this may go wrong: ${kinds}. Only processes, servers and brokers have such places, clients have not; and a run without clients and "quietWhen" may end before they come.`;
    throw new SimulationFailedError({ reason: 'undisturbed', report });
  }

  async #runWithoutFaults(recorder: SiteRecorder): Promise<void> {
    const seed = this.#seed;
    const outcome = await runCase(this.#definition, { seed, faults: recorder, record: true });
    this.#add(outcome);
    const [first] = outcome.problems;
    if (first === undefined) return;
    const plan = { seed, faults: [] };
    const shrunk = { plan, outcome, runs: 1, repeats: true, isSpent: false };
    const failure = {
      name: 'sweep',
      check: first.check,
      shrunk,
      problems: outcome.problems,
      faultsBefore: 0,
      planPath: null,
      seeAlso: [],
    };
    throw new SimulationFailedError({
      reason: 'violation',
      report: failureReport(campaignFailure(failure)),
      problems: outcome.problems,
      plan,
      cause: outcome.error,
    });
  }

  async #try(faults: readonly Fault[]): Promise<void> {
    const plan = new PlanFaults(faults);
    const outcome = await runCase(this.#definition, { seed: this.#seed, faults: plan });
    this.#add(outcome);
    // Of a pair one may keep the other from happening.
    if (faults.length === 1) this.#missed += plan.left.length;
    if (outcome.problems.length > 0) this.#failures.push({ faults, problems: outcome.problems });
  }

  #add({ steps, seen }: RunOutcome): void {
    this.#runs += 1;
    this.#steps += steps;
    for (const condition of seen.keys()) this.#seen.set(condition, (this.#seen.get(condition) ?? 0) + 1);
  }

  #drawPairs(singles: readonly Fault[]): readonly (readonly [Fault, Fault])[] {
    const pairs: [Fault, Fault][] = [];
    for (let index = 0; index < this.#pairs && singles.length > 1; index += 1) {
      const draw = (which: number) => Math.floor(chanceOf(mix(this.#seed, index), which) * singles.length);
      const [one, other] = [singles[draw(1)], singles[draw(2)]];
      if (one !== undefined && other !== undefined && one.at !== other.at) pairs.push([one, other]);
    }
    return pairs;
  }
}

function faultsOf(at: string, kind: FaultKind): Fault[] {
  return sweptDurationsMs(kind).map((ms) => ({ at, kind, ...(ms === undefined ? {} : { ms }) }));
}
