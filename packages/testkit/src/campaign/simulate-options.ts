import { type Clock, InvalidOptionError, integerOption, numberOption, SystemClock, stringOption } from '@holdfast/core';
import type { FaultProfile } from '../faults/fault-profile.ts';
import { faults } from '../faults/faults.ts';
import type { FaultPlan } from '../plans/fault-plan.ts';
import { checkPlan } from '../plans/parse-plan.ts';
import type { WorldDefinition } from './run-world.ts';

/** How far a campaign is. */
export interface CampaignProgress {
  /** Seeds that are done. */
  readonly seeds: number;
  /** How many there are to do; `null` when the time decides. */
  readonly ofSeeds: number | null;
  readonly runsPerSecond: number;
  /** Since the start, in real milliseconds. */
  readonly realMs: number;
}

export interface SimulateOptions<Facts> extends WorldDefinition<Facts> {
  /** Tells the saved plans of one campaign from those of another. @default 'simulation' */
  readonly name?: string;
  /** How many seeds. @default 1_000; with `minutes` as many as there is time for */
  readonly seeds?: number;
  /** @default 1 */
  readonly firstSeed?: number;
  /** Only this one, as a report of a failure names it. Saved plans are replayed first all the same. */
  readonly seed?: number;
  /** Only this: the file of a saved plan, or a plan. */
  readonly replay?: string | FaultPlan;
  /** @default faults.swarm() */
  readonly faults?: FaultProfile;
  /** Conditions that must have been seen in some run (see {@link World.see}), or the campaign fails: what is never reached is not tested. */
  readonly sometimes?: readonly string[];
  /** The folder in which the plan of a failing run is saved. Those that are there are replayed first. @default nothing is saved */
  readonly fails?: string;
  /** Which share of the seeds is run twice; the two runs must take the same course. @default 1, every seed */
  readonly repeat?: number;
  /** Ends the campaign after this real time. */
  readonly minutes?: number;
  /** Ends the campaign after the run that is under way, with what it has done so far. */
  readonly signal?: AbortSignal;
  /**
   * Which part of the seeds this process takes, when several share a campaign: every `of`th, from `index` (0 is the first) on. Their reports are put
   * together by {@link CampaignReport.merge}, which also knows what none of them has seen. @default all of them
   */
  readonly share?: { readonly index: number; readonly of: number };
  /** Most runs that are spent on making a failing run smaller. @default 500 */
  readonly shrinkRuns?: number;
  /** Called about once a second. */
  readonly onProgress?: (progress: CampaignProgress) => void;
  /** Real time, for `minutes` and figures. @default SystemClock */
  readonly clock?: Clock;
}

export interface CampaignSettings {
  readonly name: string;
  readonly firstSeed: number;
  /** `Infinity` when the time decides. */
  readonly seeds: number;
  readonly profile: FaultProfile;
  readonly sometimes: readonly string[];
  readonly fails: string | null;
  readonly repeat: number;
  readonly limitMs: number;
  readonly shrinkRuns: number;
  readonly share: { readonly index: number; readonly of: number };
  readonly clock: Clock;
}

const MOST_SEED = 2 ** 32 - 1;
const MS_PER_MINUTE = 60_000;

/** @throws InvalidOptionError, and InvalidPlanError for a plan in `replay` */
export function campaignSettings<Facts>(options: SimulateOptions<Facts>): CampaignSettings {
  const { seed, minutes, replay } = options;
  if (seed !== undefined && replay !== undefined) {
    throw new InvalidOptionError('replay', String(seed), 'either "seed" or "replay"');
  }
  if (typeof replay === 'object') checkPlan(replay, 'replay');
  for (const { name } of options.check ?? []) stringOption('check.name', name, { maxBytes: 256 });
  if (options.size !== undefined) integerOption('size', options.size, { min: 1, max: 1_000_000 });
  const usual = minutes === undefined ? 1_000 : MOST_SEED;
  const one = seed === undefined ? null : integerOption('seed', seed, { min: 0, max: MOST_SEED });
  return {
    name: stringOption('name', options.name, { maxBytes: 128, default: 'simulation' }),
    firstSeed: one ?? integerOption('firstSeed', options.firstSeed, { min: 0, max: MOST_SEED, default: 1 }),
    seeds: one === null ? integerOption('seeds', options.seeds, { min: 1, max: MOST_SEED, default: usual }) : 1,
    profile: options.faults ?? faults.swarm(),
    sometimes: (options.sometimes ?? []).map((condition) => stringOption('sometimes', condition, { maxBytes: 256 })),
    fails: options.fails === undefined ? null : stringOption('fails', options.fails, { maxBytes: 4_096 }),
    repeat: numberOption('repeat', options.repeat, { min: 0, max: 1, default: 1 }),
    limitMs:
      minutes === undefined
        ? Number.POSITIVE_INFINITY
        : numberOption('minutes', minutes, { min: 0.001, max: 100_000 }) * MS_PER_MINUTE,
    shrinkRuns: integerOption('shrinkRuns', options.shrinkRuns, { min: 0, max: 100_000, default: 500 }),
    share: shareOption(options.share),
    clock: options.clock ?? new SystemClock(),
  };
}

function shareOption(share: SimulateOptions<never>['share']): CampaignSettings['share'] {
  const of = integerOption('share.of', share?.of, { min: 1, max: 1_024, default: 1 });
  return { index: integerOption('share.index', share?.index, { min: 0, max: of - 1, default: 0 }), of };
}
