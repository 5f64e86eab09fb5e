import { summarizeError } from '@holdfast/core';
import { faults } from '../faults/faults.ts';
import { PlanFaults } from '../faults/plan-faults.ts';
import { guardGlobals } from '../guard/guard-globals.ts';
import { chanceOf } from '../kernel/mix.ts';
import type { FaultPlan } from '../plans/fault-plan.ts';
import { PlanFolder, readPlan } from '../plans/plan-folder.ts';
import { PLAN_FORMAT } from '../plans/saved-plan.ts';
import { failureDiagram, failureReport } from '../report/failure-report.ts';
import { shrinkFailure } from '../shrink/shrink-failure.ts';
import { type CampaignFailureOptions, campaignFailure } from './campaign-failure.ts';
import { type CampaignFigures, CampaignReport } from './campaign-report.ts';
import { CampaignTally } from './campaign-tally.ts';
import { findParting } from './find-parting.ts';
import { type RunOutcome, runCase } from './run-case.ts';
import { type CampaignSettings, campaignSettings, type SimulateOptions } from './simulate-options.ts';
import { SimulationFailedError } from './simulation-failed-error.ts';

const PROGRESS_EVERY_MS = 1_000;
const MANY_SEEDS = 100;
const MOST_SEED = 2 ** 32;

/** One campaign: what {@link simulate} does, step by step. */
export class Campaign<Facts> {
  readonly #options: SimulateOptions<Facts>;
  /** For the first seed and for replays: real resources show there. */
  readonly #strict: SimulateOptions<Facts>;
  readonly #settings: CampaignSettings;
  readonly #tally: CampaignTally;
  #startedAt = 0;
  #progressAt = PROGRESS_EVERY_MS;

  /** @throws InvalidOptionError */
  constructor(options: SimulateOptions<Facts>) {
    this.#options = options;
    this.#strict = { ...options, strict: options.strict ?? true };
    this.#settings = campaignSettings(options);
    this.#tally = new CampaignTally(this.#settings.sometimes, this.#settings.profile.kinds);
  }

  async run(): Promise<CampaignReport> {
    // Each run holds it too; taking it over and over takes longer.
    const release = guardGlobals();
    try {
      return await this.#run();
    } finally {
      release();
    }
  }

  async #run(): Promise<CampaignReport> {
    this.#startedAt = this.#settings.clock.monotonic();
    const { replay, seed } = this.#options;
    if (replay === undefined) {
      await this.#replaySaved();
      await this.#runSeeds();
    } else await this.#replay(typeof replay === 'string' ? await readPlan(replay) : replay, replay);
    // A single run, a share, or what was ended before its time cannot have seen all.
    const isWhole = replay === undefined && seed === undefined && this.#settings.share.of === 1;
    if (isWhole && !this.#isAborted) {
      this.#expectDisturbed();
      this.#expectSeen();
    }
    return new CampaignReport(this.#figures);
  }

  get #figures(): CampaignFigures {
    return this.#tally.figures(this.#settings.name, this.#realMs);
  }

  get #isAborted(): boolean {
    return this.#options.signal?.aborted === true;
  }

  get #realMs(): number {
    return this.#settings.clock.monotonic() - this.#startedAt;
  }

  async #replaySaved(): Promise<void> {
    const { fails, name } = this.#settings;
    if (fails === null) return;
    for (const { path, plan } of await new PlanFolder(fails).read(name)) {
      if (this.#isAborted) return;
      await this.#replay(plan, path);
    }
  }

  async #replay({ seed, size, faults }: FaultPlan, from: string | FaultPlan): Promise<void> {
    const source = new PlanFaults(faults);
    const sized = size === undefined ? {} : { size };
    const outcome = await runCase(this.#strict, { seed, ...sized, faults: source });
    this.#tally.plans += 1;
    this.#tally.add(outcome);
    if (source.left.length > 0) this.#tally.stalePlans.push(typeof from === 'string' ? from : `seed ${seed}`);
    if (outcome.problems.length > 0) await this.#fail(outcome, this.#strict, size);
  }

  async #runSeeds(): Promise<void> {
    const { firstSeed, seeds, limitMs, repeat, share } = this.#settings;
    for (let index = share.index; index < seeds; index += share.of) {
      if (this.#isAborted || (index > share.index && this.#realMs >= limitMs)) break;
      const seed = (firstSeed + index) % MOST_SEED;
      const options = index === share.index ? this.#strict : this.#options;
      const outcome = await this.#runSeed(seed, options);
      this.#tally.seeds += 1;
      this.#tally.add(outcome);
      if (outcome.problems.length > 0) await this.#fail(outcome, options);
      if (chanceOf(seed, 0x7265_7065) < repeat) await this.#repeat(outcome);
      this.#tellProgress();
    }
  }

  #runSeed(seed: number, options = this.#options): Promise<RunOutcome> {
    return runCase(options, { seed, faults: this.#settings.profile.source(seed) });
  }

  /** A run that depends on anything but its seed cannot be replayed, and proves less. */
  async #repeat({ seed, hash, faults }: RunOutcome): Promise<void> {
    const again = await this.#runSeed(seed);
    const [broken] = again.problems;
    if (again.hash !== hash || broken !== undefined) {
      const parting =
        again.hash !== hash || broken === undefined
          ? await findParting(this.#options, { seed, faults })
          : `Events were the same, but only the second run broke "${broken.check}": ${broken.message}`;
      const report = [
        `The simulation "${this.#settings.name}" took two courses with one seed (${seed}), so something besides the seed decides: real time,`,
        'chance, state that outlives a run (a variable of a module, a cache), the order of a set of foreign data.',
        parting,
      ].join('\n');
      const plan = { seed, faults };
      const { problems } = again;
      throw new SimulationFailedError({ reason: 'nondeterminism', report, problems, plan, figures: this.#figures });
    }
    this.#tally.repeated += 1;
  }

  async #fail(
    { seed, faults, problems, error }: RunOutcome,
    options: SimulateOptions<Facts>,
    size?: number,
  ): Promise<never> {
    const { name, shrinkRuns } = this.#settings;
    this.#tally.violations += 1;
    // Without the time that it takes to make it smaller.
    const figures = this.#figures;
    const check = problems[0]?.check ?? '';
    const plan = { seed, faults, ...(size === undefined ? {} : { size }) };
    const shrunk = await shrinkFailure(options, { plan, check, maxRuns: shrinkRuns });
    const failure = { name, check, shrunk, problems, faultsBefore: faults.length };
    const { planPath, seeAlso } = await this.#save(failure);
    throw new SimulationFailedError({
      reason: 'violation',
      report: failureReport(campaignFailure({ ...failure, planPath, seeAlso })),
      problems: shrunk.repeats ? shrunk.outcome.problems : problems,
      plan: shrunk.plan,
      planPath,
      figures,
      cause: error,
    });
  }

  /** Keeps the plan, and the diagram beside it. The failure is told also when that fails. */
  async #save(
    failure: Omit<CampaignFailureOptions, 'planPath' | 'seeAlso'>,
  ): Promise<Pick<CampaignFailureOptions, 'planPath' | 'seeAlso'>> {
    const { fails } = this.#settings;
    if (fails === null) return { planPath: null, seeAlso: [] };
    const { name, check, shrunk } = failure;
    try {
      const diagram = failureDiagram(campaignFailure({ ...failure, planPath: null, seeAlso: [] }));
      const saved = { format: PLAN_FORMAT, name, check, ...shrunk.plan } as const;
      const { path, diagramPath } = await new PlanFolder(fails).save(saved, diagram);
      return { planPath: path, seeAlso: [`Sequence diagram (Mermaid): ${diagramPath}`] };
    } catch (error) {
      return { planPath: null, seeAlso: [`The plan could not be saved in "${fails}": ${summarizeError(error)}`] };
    }
  }

  /** So many runs without a single fault are no chance. */
  #expectDisturbed(): void {
    const { name, profile } = this.#settings;
    const { seeds, isDisturbed } = this.#tally;
    if (isDisturbed || seeds < MANY_SEEDS || profile === faults.none()) return;
    const report = `The simulation "${name}" had no fault in ${seeds} seeds, though "${profile.name}" was asked for, so it does not test what it is meant to. Either no place in its world allows such faults (only processes, servers and brokers have them, clients have not), or its run ends before they come: give it clients, or "quietWhen". Say "faults: faults.none()" if nothing is to go wrong.`;
    throw new SimulationFailedError({ reason: 'undisturbed', report, figures: this.#figures });
  }

  #expectSeen(): void {
    const { name, sometimes } = this.#settings;
    const missing = sometimes.filter((condition) => !this.#tally.hasSeen(condition));
    if (missing.length === 0) return;
    const what = missing.map((condition) => `"${condition}"`).join(', ');
    const report = `The simulation "${name}" never saw ${what} in ${this.#tally.seeds} seeds, so it does not test what it is meant to. Give it more seeds or other faults, or look for what keeps it from happening.`;
    throw new SimulationFailedError({ reason: 'unseen', report, figures: this.#figures });
  }

  #tellProgress(): void {
    const realMs = this.#realMs;
    if (this.#options.onProgress === undefined || realMs < this.#progressAt) return;
    this.#progressAt = realMs + PROGRESS_EVERY_MS;
    const { seeds, limitMs, share } = this.#settings;
    this.#options.onProgress({
      seeds: this.#tally.seeds,
      ofSeeds:
        Number.isFinite(limitMs) && this.#options.seeds === undefined
          ? null
          : Math.ceil((seeds - share.index) / share.of),
      runsPerSecond: (this.#tally.runs * 1_000) / realMs,
      realMs,
    });
  }
}
