import { type Check, check, faults, simulate, sweep } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { FORGOTTEN, type PaymentFacts, paymentWorld } from './payment-world.ts';

const checks: readonly Check<PaymentFacts>[] = [
  check.effectOnce<PaymentFacts>({ effects: ({ ledger }) => ledger.map(({ order }) => order) }),
  check.nothingLost<PaymentFacts>({
    accepted: ({ orders }) => orders,
    applied: ({ ledger }) => ledger.map(({ order }) => order),
  }),
  {
    name: 'everybody is told the charge that was made',
    check: ({ ledger, told }) =>
      told
        .filter(({ order, charge }) => !ledger.some((one) => one.order === order && one.id === charge))
        .map(({ order }) => `Of "${order}" another one was told.`),
  },
];

test('F6.3: a charge whose answer is lost is found out with the same key; never charged twice, never given up', async () => {
  const { figures } = await simulate({
    name: 'payment',
    world: (world) => paymentWorld(world),
    check: checks,
    seeds: 40,
    repeat: 0.1,
    sometimes: ['unknown', 'resolved: it happened', 'resolved: it did not'],
  });
  expect(figures.seeds).toBe(40);
});

test('F6.3: no single fault between intent, call, answer and record makes a second charge or loses one', async () => {
  const { failures, missed, isComplete } = await sweep({
    world: (world) => paymentWorld(world, { orders: ['o1', 'o2'] }),
    check: checks,
  });
  expect(failures).toEqual([]);
  expect({ missed, isComplete }).toEqual({ missed: 0, isComplete: true });
});

const onlyForgotten: Check<PaymentFacts> = {
  name: 'only what the provider cannot tell is parked',
  check: ({ events }) => {
    const parked = events.flatMap((event) => (event.type === 'parked' ? [event.key.replace('/charge', '')] : []));
    const wrong = parked.filter((order) => !FORGOTTEN.includes(order));
    return wrong.map((order) => `"${order}" was parked.`);
  },
};

test('F6.6: what the provider cannot tell is parked with all that is known, until a person has settled it; charged once', async () => {
  const { figures } = await simulate({
    name: 'payment in doubt',
    world: (world) => paymentWorld(world, { tells: 'not always' }),
    check: [...checks, onlyForgotten],
    seeds: 25,
    repeat: 0.1,
    sometimes: ['parked', 'parked with what is known of it', 'settled'],
  });
  expect(figures.seeds).toBe(25);
});

const nobodyElseIsAtIt: Check<PaymentFacts> = {
  name: 'an effect stays with the process that calls',
  check: ({ events }) => events.map(({ type }) => `There was an event "${type}".`),
};

test('F13.4: clocks that jump by minutes and hours give no effect to a second caller', async () => {
  const { figures } = await simulate({
    name: 'payment clocks',
    world: (world) => paymentWorld(world, { isCalm: true }),
    check: [...checks, nobodyElseIsAtIt],
    faults: faults.only('clock-jump'),
    seeds: 60,
    repeat: 0.1,
  });
  expect(figures.faults['clock-jump']).toBeGreaterThan(60);
});
