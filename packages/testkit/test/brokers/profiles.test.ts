import { expect, test } from 'vitest';
import type { BrokerProfile } from '../../src/brokers/broker-profile.ts';
import { profiles } from '../../src/brokers/broker-profile.ts';
import { SimulatedBroker } from '../../src/brokers/simulated-broker.ts';
import { Simulation } from '../../src/kernel/simulation.ts';
import { World } from '../../src/kernel/world.ts';

async function depthAfterTheSameIdTwice(profile: BrokerProfile): Promise<number> {
  const broker = new SimulatedBroker(new World(new Simulation({ seed: 1 })), 'bus', profile);
  const client = broker.connect();
  await client.declare({ queue: 'orders', types: ['*'] });
  const envelope = { id: 'm', source: 's', type: 'placed', key: 'k', attributes: {}, body: new Uint8Array(1) };
  for (let time = 0; time < 2; time += 1) {
    expect(await client.publish([envelope])).toEqual([{ outcome: 'accepted' }]);
  }
  return broker.depth('orders');
}

test('a FIFO queue of SQS takes an id once in its window and accepts it again, all others take it twice', async () => {
  expect(await depthAfterTheSameIdTwice(profiles.sqsFifo)).toBe(1);
  expect(await depthAfterTheSameIdTwice({ ...profiles.sqsFifo, dedupMs: 0 })).toBe(2);
  expect(await depthAfterTheSameIdTwice(profiles.rabbitQuorum)).toBe(2);
});

test('what comes back to a quorum queue of RabbitMQ, one after another, stands in this order before what was never out', async () => {
  const simulation = new Simulation({ seed: 1 });
  const broker = new SimulatedBroker(new World(simulation), 'bus', profiles.rabbitQuorum);
  const client = broker.connect();
  await client.declare({ queue: 'orders', types: ['*'], leaseMs: 1_000 });
  const ids = ['m1', 'm2', 'm3', 'm4'];
  await client.publish(
    ids.map((id) => ({ id, source: 's', type: 'placed', key: 'k', attributes: {}, body: new Uint8Array(1) })),
  );
  const reader = client.reader('orders');
  await reader.pull(3, { waitMs: 0 });
  // Their leases end one by one, at the same time.
  await simulation.runUntil(() => false, 2_000);
  const again = await reader.pull(4, { waitMs: 0 });
  expect(again.map(({ envelope }) => envelope.id)).toEqual(ids);
});
