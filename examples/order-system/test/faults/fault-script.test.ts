import { type Envelope, MessageEncoder } from '@holdfast/core';
import { ManualClock } from '@holdfast/core/testing';
import { MemoryBroker } from '@holdfast/transports/memory';
import { expect, test } from 'vitest';
import { type FaultEvent, FaultScript, OUTAGE_MS, SILENCE_MS } from '../../src/faults/fault-script.ts';

const encoder = new MessageEncoder({ source: '/orders' });
const batch = (size: number): readonly Envelope[] =>
  Array.from({ length: size }, () => encoder.encode({ type: 't', data: {} }));

async function script(orderCount: number) {
  const clock = new ManualClock();
  const broker = new MemoryBroker({ clock });
  await broker.declare({ queue: 'q', types: ['*'] });
  const events: FaultEvent[] = [];
  const abort = new AbortController();
  let kills = 0;
  const faults = new FaultScript({
    broker,
    orderCount,
    killRelay: async () => {
      kills += 1;
    },
    onEvent: (event) => events.push(event),
    signal: abort.signal,
    clock,
  });
  return { clock, faults, events, abort, kills: () => kills, typesOf: () => events.map(({ type }) => type) };
}

test('the transport is down for a second from a third of the orders on', async () => {
  const { clock, faults, events } = await script(9);
  faults.placed(2);
  expect(faults.ordersUntilNextFault).toBe(1);
  expect((await faults.publish(batch(1)))[0]?.outcome).toBe('accepted');
  faults.placed(3);
  expect((await faults.publish(batch(1)))[0]?.outcome).toBe('unavailable');
  faults.placed(5);
  await clock.advance(OUTAGE_MS);
  await faults.settle();
  expect(events).toEqual([
    { type: 'transport-down' },
    { type: 'transport-up', afterMs: OUTAGE_MS, ordersMeanwhile: 2 },
  ]);
  expect((await faults.publish(batch(1)))[0]?.outcome).toBe('accepted');
});

test('the outage lasts until at least one order came in meanwhile', async () => {
  const { clock, faults, typesOf } = await script(3);
  faults.placed(1);
  await clock.advance(3 * OUTAGE_MS);
  expect(typesOf()).toEqual(['transport-down']);
  faults.placed(2);
  await clock.advance(100);
  expect(typesOf()).toEqual(['transport-down', 'transport-up']);
});

test('from two thirds on, the relay is killed when the broker has taken messages and no receipt has got back', async () => {
  const { clock, faults, events, kills } = await script(1);
  faults.placed(0);
  faults.placed(1);
  await clock.advance(OUTAGE_MS);
  // The probe gets through: without its receipt the relay would send nothing else.
  expect(await faults.publish(batch(1))).toEqual([{ outcome: 'accepted' }]);
  let answered = 0;
  const held = [faults.publish(batch(2)), faults.publish(batch(3))];
  for (const receipts of held) void receipts.then(() => (answered += 1));
  await clock.advance(SILENCE_MS - 1);
  expect([answered, kills()]).toEqual([0, 0]);
  await clock.advance(1);
  await Promise.all(held);
  expect(kills()).toBe(1);
  expect(events.at(-1)).toEqual({ type: 'relay-killed', unrecorded: 5 });
  expect(faults.isDone).toBe(true);
  await faults.publish(batch(2));
  expect(kills()).toBe(1);
});

test('a run that is aborted does not wait for its outage', async () => {
  const { clock, faults, abort, typesOf } = await script(3);
  faults.placed(1);
  abort.abort();
  await clock.advance(0);
  await faults.settle();
  expect(typesOf()).toEqual(['transport-down', 'transport-up']);
  expect(clock.sleeping).toBe(0);
});

test('without orders nothing is disturbed', async () => {
  const { faults, events } = await script(0);
  faults.placed(0);
  expect(faults.isDone).toBe(true);
  expect(events).toEqual([]);
});
