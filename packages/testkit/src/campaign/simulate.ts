import { Campaign } from './campaign.ts';
import type { CampaignReport } from './campaign-report.ts';
import type { SimulateOptions } from './simulate-options.ts';

/**
 * Runs a world over and over: saved plans first, then seed after seed, each with its own order of events and its own faults. Fails at the first
 * run that breaks a rule, when one seed gives two different runs, when a condition that had to be seen never was, or when many runs had no fault though some were asked for. Works in any test runner.
 * @throws SimulationFailedError whose message is the report, with the line that replays it
 * @throws InvalidOptionError
 * @throws InvalidPlanError
 */
export async function simulate<Facts>(options: SimulateOptions<Facts>): Promise<CampaignReport> {
  return new Campaign(options).run();
}
