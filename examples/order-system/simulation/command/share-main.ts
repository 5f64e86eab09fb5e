import { type SimulateOptions, SimulationFailedError, simulate } from '@holdfast/testkit';
import { ChildChannel } from '../../src/processes/child-channel.ts';
import { orderFlow } from '../order-flow.ts';
import type { OrderFacts } from '../order-world.ts';
import type { ShareMessage } from './share-message.ts';
import type { SimulateArguments } from './simulate-arguments.ts';

// Runs a share of a campaign: `node share-main.ts ARGUMENTS INDEX`, forked by CampaignShares.
const [json, index] = process.argv.slice(2);
if (json === undefined || index === undefined || process.send === undefined) {
  throw new Error('This program is started by the simulate command, with arguments and the number of its share.');
}
const stop = new AbortController();
const channel = new ChildChannel<never, ShareMessage>({ onMessage: () => {}, onStop: () => stop.abort() });
channel.send(await outcome(JSON.parse(json)));
channel.close();

async function outcome(args: SimulateArguments): Promise<ShareMessage> {
  try {
    const { figures } = await simulate(optionsOf(args));
    return { kind: 'done', figures };
  } catch (error) {
    if (!(error instanceof SimulationFailedError)) throw error;
    return { kind: 'failed', report: error.message };
  }
}

function optionsOf({ minutes, seeds, seed, ...args }: SimulateArguments): SimulateOptions<OrderFacts> {
  return {
    ...orderFlow(args.profile),
    repeat: args.repeat,
    signal: stop.signal,
    share: { index: Number(index), of: args.workers },
    onProgress: (progress) => channel.send({ kind: 'progress', progress }),
    ...(minutes === null ? {} : { minutes }),
    ...(seed === null ? { firstSeed: args.firstSeed, ...(seeds === null ? {} : { seeds }) } : { seed }),
  };
}
