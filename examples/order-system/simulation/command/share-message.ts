import type { CampaignFigures, CampaignProgress } from '@holdfast/testkit';

/** What a process that runs its share of a campaign tells the one that started it. */
export type ShareMessage =
  | { readonly kind: 'progress'; readonly progress: CampaignProgress }
  | { readonly kind: 'done'; readonly figures: CampaignFigures }
  /** `report` names the seed, and where its plan is. */
  | { readonly kind: 'failed'; readonly report: string };
