import { isHoldfastError } from '@holdfast/core';
import { expect, test } from 'vitest';
import { runWorld } from '../../src/campaign/run-world.ts';
import { SimulatedService } from '../../src/externals/simulated-service.ts';
import type { Fault, FaultKind } from '../../src/faults/fault.ts';
import { PlanFaults } from '../../src/faults/plan-faults.ts';
import type { World } from '../../src/kernel/world.ts';

class Provider {
  readonly charges: number[] = [];

  async charge(cents: number): Promise<{ readonly number: number }> {
    if (cents < 0) throw new RangeError('less than nothing');
    this.charges.push(cents);
    return { number: this.charges.length };
  }
}

interface Told {
  readonly provider: Provider;
  readonly service: SimulatedService<Provider>;
  readonly outcomes: string[];
  readonly times: number[];
}

/** Each life of the process charges once and keeps what it was told. */
function world(world: World): Told {
  const provider = new Provider();
  const service = new SimulatedService(world, 'payments', {
    api: provider,
    counts: () => ({ charges: provider.charges.length }),
    except: ['charges'],
  });
  const told: Told = { provider, service, outcomes: [], times: [] };
  world.process('shop', async ({ life }) => {
    await world.clock.sleep(250);
    try {
      const { number } = await service.api.charge(life);
      told.outcomes.push(`charge ${number}`);
    } catch (error) {
      told.outcomes.push(isHoldfastError(error) ? error.code : String(error));
    }
    told.times.push(world.simulation.now);
    return { stop: async () => {} };
  });
  world.client('watch', () => world.clock.sleep(5_000));
  world.quietWhen(() => true);
  return told;
}

async function run(seed: number, ...faults: Fault[]) {
  const { facts, problems } = await runWorld({ world }, { seed, faults: new PlanFaults(faults) });
  expect(problems).toEqual([]);
  return facts;
}

const firstCall = (kind: FaultKind): Fault => ({ at: 'shop/payments.charge#1', kind });

test('calls and answers of a service travel, and it keeps what it did', async () => {
  const { outcomes, service } = await run(1);
  expect(outcomes).toEqual(['charge 1']);
  expect(service.counts()).toEqual({ charges: 1 });
});

test('a refused call is transient and nothing happened', async () => {
  const { outcomes, service } = await run(1, firstCall('error-before'));
  expect(outcomes).toEqual(['ERR_CORE_TRANSIENT']);
  expect(service.counts()).toEqual({ charges: 0 });
});

test('a lost answer is an unknown outcome, and the charge is made', async () => {
  const { outcomes, service } = await run(1, firstCall('error-after'));
  expect(outcomes).toEqual(['ERR_CORE_UNKNOWN_OUTCOME']);
  expect(service.counts()).toEqual({ charges: 1 });
});

test('a service that is down refuses calls', async () => {
  const { outcomes, service } = await run(1, { at: 'tick/payments#1', kind: 'down', ms: 1_000 });
  expect(outcomes).toEqual(['ERR_CORE_TRANSIENT']);
  expect(service.counts()).toEqual({ charges: 0 });
});

test('a service that is slow answers late', async () => {
  const [usual] = (await run(1)).times;
  const { outcomes, times } = await run(1, { at: 'tick/payments#1', kind: 'pause', ms: 3_000 });
  expect(outcomes).toEqual(['charge 1']);
  expect(times[0]! - usual!).toBeGreaterThan(2_500);
});

test('a call that is on its way when its sender dies arrives in some runs, and in others does not', async () => {
  const outcomes = new Set<string>();
  const definition = {
    world: (world: World) => {
      const arrivals: string[] = [];
      const charge = async () => void arrivals.push(shop?.incarnation?.isAlive ? 'while it lives' : 'after its death');
      const { api } = new SimulatedService(world, 'payments', { api: { charge } });
      const [shop] = world.process('shop', async ({ life }) => {
        await world.clock.sleep(10);
        if (life > 1) return;
        void api.charge();
        await world.simulation.io({ label: 'log.write' }, () => {});
      });
      world.client('watch', () => world.clock.sleep(1_000));
      return arrivals;
    },
  };
  for (let seed = 1; seed <= 40; seed += 1) {
    const faults = new PlanFaults([{ at: 'shop/log.write#1', kind: 'crash-before' }]);
    const { facts } = await runWorld(definition, { seed, faults });
    outcomes.add(facts[0] ?? 'never');
  }
  expect([...outcomes].sort()).toEqual(['after its death', 'never', 'while it lives']);
});

test('what the service itself throws arrives as it is', async () => {
  const { service } = await run(1);
  await expect(service.api.charge(-1)).rejects.toThrow('less than nothing');
});

test('what is no call is read as it is', async () => {
  const { service, provider } = await run(1);
  expect(service.api.charges).toBe(provider.charges);
});
