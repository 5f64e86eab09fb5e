import type { Delivery, Envelope } from '@holdfast/core';
import { type BrokerProfile, type Fault, SimulatedBroker, type Simulation, type World } from '@holdfast/testkit';
import type { Transport } from '@holdfast/transports/memory';
import { planned, run } from '../kernel/planned.ts';

export const QUEUE = 'orders';
export const LEASE_MS = 2_000;

export interface BrokerRun {
  readonly world: World;
  readonly simulation: Simulation;
  readonly broker: SimulatedBroker;
}

export interface BrokerRunOptions {
  readonly faults?: readonly Fault[];
  /** Messages that are there at first. */
  readonly waiting?: readonly Envelope[];
  /** @default 1 */
  readonly seed?: number;
}

type Main = (bus: Transport, tools: BrokerRun) => Promise<void>;

/** Runs processes, each with its own client, once, on a broker with one queue. A killed one is started again. */
export async function runWithBroker(
  profile: BrokerProfile,
  mains: Readonly<Record<string, Main>>,
  { faults = [], waiting = [], seed = 1 }: BrokerRunOptions = {},
): Promise<BrokerRun> {
  const holder: { broker?: SimulatedBroker } = {};
  const build = async (world: World) => {
    const broker = new SimulatedBroker(world, 'bus', profile);
    holder.broker = broker;
    const outside = broker.connect();
    await outside.declare({ queue: QUEUE, types: ['*'], leaseMs: LEASE_MS });
    await outside.publish(waiting);
    for (const [name, main] of Object.entries(mains)) {
      world.process(name, () => main(broker.connect(), { world, simulation: world.simulation, broker }));
    }
    // Faults may strike while it waits.
    world.client('watcher', () => world.clock.sleep(20_000));
  };
  const { world, simulation } = await run(build, { faults: planned(...faults), seed, record: true });
  if (holder.broker === undefined) throw new Error('The world was not built.');
  return { world, simulation, broker: holder.broker };
}

/** Messages `m1`, `m2` … of these keys. */
export function messages(...keys: readonly string[]): readonly Envelope[] {
  return keys.map((key, index) => ({
    id: `m${index + 1}`,
    source: '/test',
    type: 'placed',
    key,
    attributes: {},
    body: new Uint8Array([index]),
  }));
}

export function idsOf(deliveries: readonly Delivery[]): readonly string[] {
  return deliveries.map(({ envelope }) => envelope.id);
}
