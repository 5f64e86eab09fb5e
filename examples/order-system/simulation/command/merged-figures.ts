import { type CampaignFigures, CampaignReport } from '@holdfast/testkit';
import type { ShareFigures } from './share-message.ts';

/** What processes have done at one time, each of them campaigns one after another. */
export function mergedFigures(shares: readonly ShareFigures[]): CampaignReport {
  const merged = CampaignReport.merge(shares.map(({ campaigns }) => inTurn(campaigns)));
  return new CampaignReport({ ...merged.figures, name: 'order-flow' });
}

function inTurn(campaigns: readonly CampaignFigures[]): CampaignFigures {
  const { figures } = CampaignReport.merge(campaigns);
  const sum = (of: (figures: CampaignFigures) => number) => campaigns.reduce((total, each) => total + of(each), 0);
  // Each kind of broker has its own plans.
  return { ...figures, realMs: sum(({ realMs }) => realMs), plans: sum(({ plans }) => plans) };
}
