import type { CampaignFigures, SweepReport } from '@holdfast/testkit';

/** How far a process is with its share, or all of them are. */
export interface SharedProgress {
  /** Seeds that are done, or runs of a sweep. */
  readonly done: number;
  /** How many there are to do; `null` when the time decides. */
  readonly of: number | null;
  readonly runsPerSecond: number;
  readonly realMs: number;
  readonly memoryBytes: number;
}

/** What a process has done. */
export interface ShareFigures {
  /** Of its campaigns, which it ran one after another. */
  readonly campaigns: readonly CampaignFigures[];
  /** One for each kind of broker. */
  readonly sweeps: readonly (SweepReport & { readonly profile: string })[];
}

/** What a process that runs a share tells the one that started it. */
export type ShareMessage =
  | { readonly kind: 'progress'; readonly progress: SharedProgress }
  /** `failure`, if any, names the seed, and where its plan is. */
  | {
      readonly kind: 'done';
      readonly figures: ShareFigures;
      readonly failure: string | null;
      readonly memoryBytes: number;
    };
