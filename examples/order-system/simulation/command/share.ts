import { readFile } from 'node:fs/promises';
import { type CampaignFigures, SimulationFailedError, type SweepFailure, simulate, sweep } from '@holdfast/testkit';
import { orderFlow, orderFlowName, type ProfileName } from '../order-flow.ts';
import type { SharedProgress, ShareFigures } from './share-message.ts';
import { ALL_PROFILES, type SimulateArguments } from './simulate-arguments.ts';

export interface ShareOptions {
  readonly args: SimulateArguments;
  /** Which share this is, from 0. */
  readonly index: number;
  readonly signal: AbortSignal;
  /** Called about once a second. */
  readonly onProgress: (progress: SharedProgress) => void;
}

export interface ShareOutcome {
  readonly figures: ShareFigures;
  /** The report of what failed. */
  readonly failure: string | null;
}

const PROGRESS_EVERY_MS = 1_000;

/** What one process does of a call of the command: the kinds of brokers one after another. */
export class Share {
  readonly #options: ShareOptions;
  readonly #campaigns: CampaignFigures[] = [];
  readonly #sweeps: ShareFigures['sweeps'][number][] = [];
  readonly #startedAt = performance.now();
  #toldAt = 0;

  constructor(options: ShareOptions) {
    this.#options = options;
  }

  /** A failed simulation is an outcome. */
  async run(): Promise<ShareOutcome> {
    let failure: string | null = null;
    try {
      await this.#run();
    } catch (error) {
      if (!(error instanceof SimulationFailedError)) throw error;
      failure = error.message;
      if (error.figures !== null) this.#campaigns.push(error.figures);
    }
    return { figures: { campaigns: this.#campaigns, sweeps: this.#sweeps }, failure };
  }

  async #run(): Promise<void> {
    const { args, index, signal } = this.#options;
    if (args.replay !== null) return this.#replay(args.replay);
    const profiles = args.profiles ?? ALL_PROFILES;
    for (const [place, profile] of profiles.entries()) {
      if (signal.aborted) return;
      if (!args.sweep) await this.#campaign(profile, { place, of: profiles.length });
      else if (place % args.workers === index) await this.#sweep(profile);
    }
  }

  async #replay(path: string): Promise<void> {
    const { args } = this.#options;
    const profile = args.profiles?.[0] ?? (await profileOf(path));
    const { figures } = await simulate({ ...orderFlow(profile), replay: path });
    this.#campaigns.push(figures);
  }

  async #campaign(profile: ProfileName, { place, of }: { readonly place: number; readonly of: number }): Promise<void> {
    const { args, index, signal } = this.#options;
    const { minutes, seeds, seed, firstSeed } = args;
    const before = this.#seedsDone;
    const { figures } = await simulate({
      ...orderFlow(profile, args.orders),
      repeat: args.repeat,
      signal,
      onProgress: ({ seeds: done }) => this.#tell(before + done, this.#seedsToDo(of)),
      ...(minutes === null ? {} : { minutes: minutes / of }),
      ...(seed === null
        ? {
            firstSeed,
            share: { index: index * of + place, of: args.workers * of },
            ...(seeds === null ? {} : { seeds }),
          }
        : { seed }),
    });
    this.#campaigns.push(figures);
  }

  async #sweep(profile: ProfileName): Promise<void> {
    const { args, signal } = this.#options;
    const definition = orderFlow(profile, args.orders);
    const before = this.#sweeps.reduce((total, { runs }) => total + runs, 0);
    const onProgress = ({ runs, ofRuns }: { readonly runs: number; readonly ofRuns: number }) =>
      this.#tell(before + runs, before + ofRuns);
    const seed = args.seed ?? 1;
    const report = await sweep(definition, { seed, signal, onProgress });
    this.#sweeps.push({ ...report, profile });
    const [first] = report.failures;
    if (first !== undefined) await this.#report(profile, { seed, first });
  }

  /** Fails as a campaign does, with its report, and saves the plan. */
  async #report(profile: ProfileName, { seed, first }: { readonly seed: number; readonly first: SweepFailure }) {
    const { figures } = await simulate({
      ...orderFlow(profile, this.#options.args.orders),
      replay: { seed, faults: first.faults, size: this.#options.args.orders },
    });
    this.#campaigns.push(figures);
  }

  get #seedsDone(): number {
    return this.#campaigns.reduce((total, { seeds }) => total + seeds, 0);
  }

  /** Of all kinds of brokers, in this process. */
  #seedsToDo(profiles: number): number | null {
    const { args, index } = this.#options;
    if (args.seed !== null) return profiles;
    if (args.seeds === null) return null;
    const of = args.workers * profiles;
    const rest = Math.min(Math.max(0, (args.seeds % of) - index * profiles), profiles);
    return Math.floor(args.seeds / of) * profiles + rest;
  }

  #tell(done: number, of: number | null): void {
    const realMs = performance.now() - this.#startedAt;
    if (realMs - this.#toldAt < PROGRESS_EVERY_MS) return;
    this.#toldAt = realMs;
    const memoryBytes = process.memoryUsage.rss();
    this.#options.onProgress({ done, of, runsPerSecond: (done * 1_000) / realMs, realMs, memoryBytes });
  }
}

/** The broker of a saved plan, which its campaign's name tells. */
async function profileOf(path: string): Promise<ProfileName | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return ALL_PROFILES.find((profile) => text.includes(JSON.stringify(orderFlowName(profile))));
}
