import type { CampaignFigures } from '@holdfast/testkit';
import type { ShareMessage } from '../../simulation/command/share-message.ts';
import { ChildChannel } from '../../src/processes/child-channel.ts';

// In the place of a process that runs its share: what it does is told by `--replay`, for each process. One that waits ends when it is asked to.
const [json = '{}', index = '0'] = process.argv.slice(2);
const { replay } = JSON.parse(json) as { readonly replay: string };
const part = replay.split(',')[Number(index)] ?? '';

const figures: CampaignFigures = {
  name: 'order-flow on memory',
  seeds: 1_000,
  violations: part === 'fails' ? 1 : 0,
  plans: 0,
  stalePlans: [],
  repeated: 10,
  steps: 5,
  virtualMs: 86_400_000,
  realMs: 1_000,
  disturbed: 900,
  faults: { kill: 7 },
  seen: { 'a rare thing': part === 'sees' ? 1 : 0 },
  distinctTraces: 1_000,
};

function tell(failure: string | null): void {
  const memoryBytes = 2 ** 20 * 100;
  const message: ShareMessage = { kind: 'done', figures: { campaigns: [figures], sweeps: [] }, failure, memoryBytes };
  channel.send(message);
  channel.close();
}

const channel = new ChildChannel<never, ShareMessage>({ onMessage: () => {}, onStop: () => tell(null) });
if (part === 'dies') process.kill(process.pid, 'SIGKILL');
else if (part === 'fails') tell('The simulation broke "a rule" (seed 7).');
else if (part !== 'waits') tell(null);
