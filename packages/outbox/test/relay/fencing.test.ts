import type { Relay, RelayOptions } from '@holdfast/outbox';
import { expect, onTestFinished, test } from 'vitest';
import { Gate } from './gate.ts';
import { type MemoryWorld, memoryWorld, until } from './memory-world.ts';

type Store = RelayOptions['store'];

/** The store as a process sees it that can be stopped and continued: every answer waits at the gate. */
function behind(gate: Gate, store: Store): Store {
  return {
    name: store.name,
    wakeUp: store.wakeUp,
    parking: gate.around(store.parking),
    housekeeping: gate.around(store.housekeeping),
    lanes: gate.around(store.lanes),
    leases: gate.around(store.leases),
  };
}

function stopAtEnd({ clock }: MemoryWorld, ...relays: readonly Relay[]): void {
  onTestFinished(async () => {
    const stopped = Promise.all(relays.map((relay) => relay.stop({ deadlineMs: 0 })));
    await clock.advance(60_000);
    await stopped;
  });
}

test('F4.7: a relay that was paused past its lease records nothing; the cursor never goes back', async () => {
  const world = memoryWorld({ relay: { leaseMs: 5_000 } });
  const { store, broker, clock, send, relayOf, events } = world;
  const gate = new Gate();
  const first = relayOf({ store: behind(gate, store) });
  const second = relayOf();
  stopAtEnd(world, first, second);
  first.start();
  await send({ key: 'a' }, { key: 'a' });
  await until(clock, 1_000, () => broker.arrivals.length === 2);
  await clock.advance(1_000);
  second.start();
  gate.close();
  await send({ key: 'a' }, { key: 'a' });
  await until(clock, 8_000, () => broker.arrivals.length === 4);
  await clock.advance(1_000);
  const token = (await store.lanes.claim(0, 0n))?.fencingToken ?? 'taken';
  expect(token).toBe('taken');
  const cursors: number[] = [];
  const settle = store.lanes.settle.bind(store.lanes);
  store.lanes.settle = async (claim, progress) => {
    const settled = await settle(claim, progress);
    if (settled !== null) cursors.push(Number(progress.cursor.consumed));
    return settled;
  };
  gate.open();
  await clock.advance(20_000);
  await send({ key: 'a' });
  await until(clock, 2_000, () => broker.firstIds().length === 5);
  await clock.advance(1_000);
  expect(broker.firstIds('a')).toEqual(['1', '2', '3', '4', '5']);
  expect(cursors).toEqual([...cursors].sort((a, b) => a - b));
  expect([first.status()[0]?.held, second.status()[0]?.held]).toEqual([false, true]);
  expect(events.filter((event) => event.type === 'lane-claimed')).toHaveLength(2);
  expect(events.filter((event) => event.type === 'lane-lost')).toHaveLength(1);
});

test('F4.7: a relay that cannot prolong its lease begins no publishing after it', async () => {
  const world = memoryWorld({ latencyMs: 200, relay: { leaseMs: 5_000, windowSize: 5, batchSize: 5 } });
  const { store, broker, clock, send, relayOf } = world;
  const leases = new Gate();
  const relay = relayOf({ store: { ...behind(new Gate(), store), leases: leases.around(store.leases) } });
  stopAtEnd(world, relay);
  relay.start();
  await send(...Array.from({ length: 900 }, () => ({})));
  await until(clock, 1_000, () => broker.calls.length > 0);
  leases.close();
  const claimedAt = broker.calls[0]!.at;
  await clock.advance(30_000);
  const last = broker.calls.at(-1)!.at - claimedAt;
  expect(last).toBeGreaterThan(4_000);
  expect(last).toBeLessThan(5_000);
  expect(relay.status()[0]?.held).toBe(false);
  leases.open();
  await until(clock, 60_000, () => broker.firstIds().length === 900);
});

test('F4.7: a relay whose lease was taken over drops what it has read and what is in flight at once', async () => {
  const world = memoryWorld({ latencyMs: 2_000, relay: { leaseMs: 60_000, windowSize: 5, batchSize: 5 } });
  const { store, broker, clock, send, relay, events } = world;
  stopAtEnd(world, relay);
  relay.start();
  await send(...Array.from({ length: 50 }, () => ({})));
  await until(clock, 1_000, () => broker.calls.length > 0);
  // As when an operator, or a clock of the database that jumped, gave the lane to somebody else.
  store.leases.renew = () => Promise.resolve(false);
  store.leases.acquire = () => Promise.resolve(null);
  await clock.advance(20_500);
  expect(events).toContainEqual({ type: 'lane-lost', lane: 0, reason: 'the lease was taken over' });
  const calls = broker.calls.length;
  await clock.advance(30_000);
  expect(broker.calls).toHaveLength(calls);
  expect(relay.status()[0]).toMatchObject({ held: false, inFlight: 0 });
});

test('F4.7: a claim that was taken over between two records is noticed by the record', async () => {
  const world = memoryWorld();
  const { store, broker, clock, send, relay, events } = world;
  stopAtEnd(world, relay);
  relay.start();
  await send({});
  await until(clock, 1_000, () => broker.arrivals.length === 1);
  await clock.advance(1_000);
  await store.lanes.claim(0, 99n);
  await send({});
  await clock.advance(1_000);
  expect(events).toContainEqual({ type: 'lane-lost', lane: 0, reason: 'another relay has claimed the lane' });
  expect((await world.outbox.stats()).lanes[0]?.pending).toBe(1);
});

test('F4.11: when the database is another one, the relay claims anew and sends again rather than skip', async () => {
  const world = memoryWorld();
  const { store, broker, clock, send, relay, events } = world;
  stopAtEnd(world, relay);
  relay.start();
  await send({ key: 'a' });
  await until(clock, 1_000, () => broker.arrivals.length === 1);
  await clock.advance(1_000);
  store.changeHistory();
  await send({ key: 'a' });
  await until(clock, 5_000, () => broker.firstIds().length === 2);
  await clock.advance(60_000);
  expect(broker.arrivals.length).toBeLessThan(5);
  expect(events.filter((event) => event.type === 'lane-lost')).toHaveLength(1);
});

test('a standby takes over after a graceful stop within a second, and after a silent one within lease and a second', async () => {
  const world = memoryWorld({ relay: { leaseMs: 15_000 } });
  const { store, broker, clock, send, relayOf } = world;
  const gate = new Gate();
  const [graceful, silent, last] = [relayOf(), relayOf({ store: behind(gate, store) }), relayOf()];
  stopAtEnd(world, silent, last);
  graceful.start();
  await until(clock, 1_000, () => graceful.status()[0]?.held === true);
  silent.start();
  await clock.advance(5_000);
  const stopped = graceful.stop();
  await send({});
  expect(await until(clock, 1_100, () => broker.arrivals.length === 1)).toBeLessThanOrEqual(1_010);
  await stopped;
  last.start();
  await clock.advance(5_000);
  gate.close();
  await send({});
  expect(await until(clock, 17_000, () => broker.arrivals.length === 2)).toBeLessThanOrEqual(16_010);
  gate.open();
});
