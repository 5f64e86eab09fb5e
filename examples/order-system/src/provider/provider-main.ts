import { setTimeout as pause } from 'node:timers/promises';
import { ChildChannel } from '../processes/child-channel.ts';
import { ProviderDesk } from './provider-desk.ts';
import { ProviderLedger } from './provider-ledger.ts';
import type { FromProvider, ToProvider } from './provider-messages.ts';
import { ProviderMoods } from './provider-moods.ts';
import { ProviderServer } from './provider-server.ts';

// The program of the provider's process: `node provider-main.ts LEDGER SEED PORT [accept-refunds]`, forked by ProviderProcess.
const [, , file, seed, port, refunds] = process.argv;
if (file === undefined || process.send === undefined) {
  throw new Error('provider-main.ts is started by the order system, with the file of its ledger, a seed and a port.');
}

const ledger = ProviderLedger.open(file);
const desk = new ProviderDesk({ ledger, moods: new ProviderMoods(Number(seed)), pause });
if (refunds === 'accept-refunds') desk.acceptRefunds();
const server = new ProviderServer(desk);
const listening = server.listen(Number(port));
const channel = new ChildChannel<ToProvider, FromProvider>({
  onMessage: ({ kind }) => {
    if (kind === 'accept-refunds') desk.acceptRefunds();
    else desk.withholdAnswers(() => channel.send({ kind: 'answer-withheld' }));
  },
  onStop: () => void stop(),
});
channel.send({ kind: 'listening', port: await listening });

async function stop(): Promise<void> {
  await listening;
  await server.close();
  ledger.close();
  channel.close();
}
