import { isHoldfastError } from '@holdfast/core';
import { ChildChannel } from '../../src/processes/child-channel.ts';
import { Share, type ShareOutcome } from './share.ts';
import type { ShareMessage } from './share-message.ts';

// Runs a share of a campaign: `node share-main.ts ARGUMENTS INDEX`, forked by CampaignShares.
const [json, index] = process.argv.slice(2);
if (json === undefined || index === undefined || process.send === undefined) {
  throw new Error('This program is started by the simulate command, with arguments and the number of its share.');
}
const stop = new AbortController();
const channel = new ChildChannel<never, ShareMessage>({ onMessage: () => {}, onStop: () => stop.abort() });
const share = new Share({
  args: JSON.parse(json),
  index: Number(index),
  signal: stop.signal,
  onProgress: (progress) => channel.send({ kind: 'progress', progress }),
});
const outcome = await share.run().catch(refused);
channel.send({ kind: 'done', ...outcome, memoryBytes: process.memoryUsage.rss() });
channel.close();

/** What is wrong with a plan is for whoever wrote it, without our stack. */
function refused(error: unknown): ShareOutcome {
  if (!isHoldfastError(error)) throw error;
  return { figures: { campaigns: [], sweeps: [] }, failure: (error as Error).message };
}
