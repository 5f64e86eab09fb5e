import type { Envelope } from '@holdfast/core';
import { SeededRandom } from '@holdfast/core/testing';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Gate } from './gate.ts';
import { type MemoryWorld, type MemoryWorldOptions, memoryWorld, until } from './memory-world.ts';

/** A world whose relay runs, and leaves nothing behind. */
function running(options?: MemoryWorldOptions): MemoryWorld {
  const world = memoryWorld(options);
  world.relay.start();
  onTestFinished(async () => {
    const stopped = world.relay.stop({ deadlineMs: 0 });
    await world.clock.advance(60_000);
    await stopped;
    expect(world.clock.sleeping).toBe(0);
  });
  return world;
}

const pending = async ({ outbox }: MemoryWorld) => (await outbox.stats()).lanes[0]?.pending;

describe('relaying', () => {
  test('what is committed arrives once, in order per key; what is rolled back does not', async () => {
    const world = running();
    const { store, outbox, broker, send, clock } = world;
    await send({ key: 'a' }, { key: 'b' });
    const tx = store.begin();
    await outbox.send(tx, { type: 'never', data: {} });
    await tx.rollback();
    await send({ key: 'a' }, {});
    await until(clock, 1_000, () => broker.arrivals.length >= 4);
    await clock.advance(5_000);
    expect(broker.ids()).toEqual(['1', '2', '4', '5']);
  });

  test('a message that is sent in this process is picked up without waiting for the next poll', async () => {
    const { broker, send, clock } = running({ relay: { pollMinMs: 5_000, pollMaxMs: 60_000 } });
    await clock.advance(300_000);
    await send({});
    await clock.advance(20);
    expect(broker.ids()).toEqual(['1']);
  });

  test('runOnce relays what is committed, and has it recorded when it resolves', async () => {
    const world = memoryWorld();
    await world.send({}, {});
    const run = world.relay.runOnce();
    await world.clock.advance(200);
    await run;
    expect(world.broker.ids()).toEqual(['1', '2']);
    expect(await pending(world)).toBe(0);
    const stopped = world.relay.stop();
    await world.clock.advance(1);
    expect(await stopped).toEqual({ settled: true, abandoned: 0 });
  });

  test('a relay that has made a single run can be started', async () => {
    const world = memoryWorld();
    const run = world.relay.runOnce();
    await world.clock.advance(200);
    await run;
    world.relay.start();
    await world.send({});
    await until(world.clock, 1_000, () => world.broker.arrivals.length === 1);
    const stopped = world.relay.stop();
    await world.clock.advance(100);
    await stopped;
  });

  test('delayed messages are published when due, not before', async () => {
    const { broker, send, clock } = running();
    await send({ delayMs: 60_000 }, {});
    await clock.advance(59_000);
    expect(broker.ids()).toEqual(['2']);
    await clock.advance(4_000);
    expect(broker.ids()).toEqual(['2', '1']);
  });
});

describe('a destination that fails', () => {
  test('F4.1: 30 minutes without a broker burn no attempt and park nothing; then it drains by itself, in order', async () => {
    const world = running();
    const { broker, send, clock, relay, outbox, events } = world;
    await send({ key: 'a' });
    await until(clock, 1_000, () => broker.arrivals.length === 1);
    broker.isDown = true;
    const down = broker.calls.length;
    for (let minute = 0; minute < 30; minute += 1) {
      await send(...Array.from({ length: 50 }, (_, index) => ({ key: `key ${index % 7}` })));
      await clock.advance(60_000);
    }
    const tried = broker.calls.slice(down);
    expect(tried.length).toBeGreaterThan(100);
    expect(tried.slice(5).every((call) => call.ids.join() === '2')).toBe(true);
    expect(await outbox.parked()).toEqual([]);
    expect(await pending(world)).toBe(1_500);
    expect(relay.status()[0]).toMatchObject({ held: true, unavailableSince: expect.any(Number), inFlight: 0 });
    broker.isDown = false;
    await until(clock, 12_000, () => broker.arrivals.length === 1_501);
    await clock.advance(1_000);
    expect(broker.ids()).toEqual(Array.from({ length: 1_501 }, (_, index) => String(index + 1)));
    expect(await pending(world)).toBe(0);
    expect(events.filter((event) => event.type === 'error' || event.type === 'message-parked')).toEqual([]);
    expect(events.at(-1)).toMatchObject({ type: 'destination-available' });
  });

  test('F4.2: a throttling destination is asked again when it said, no sooner; nothing is parked', async () => {
    const world = running();
    const { broker, send, clock, outbox } = world;
    broker.throttledForMs = 20_000;
    await send({}, {}, {});
    await clock.advance(60_000);
    const times = broker.calls.map((call) => call.at);
    expect(times.length).toBeGreaterThanOrEqual(3);
    for (const [index, at] of times.slice(1).entries()) expect(at - times[index]!).toBeGreaterThanOrEqual(20_000);
    broker.throttledForMs = 0;
    await clock.advance(21_000);
    expect(broker.ids()).toEqual(['1', '2', '3']);
    expect(await outbox.parked()).toEqual([]);
  });

  test('F4.5: a connection that breaks in the middle of the window costs duplicates only, with the same ids, in order', async () => {
    const { broker, send, clock } = running({ relay: { batchSize: 10, windowSize: 40 } });
    broker.breakAfter(25);
    const sent = await send(...Array.from({ length: 100 }, (_, index) => ({ key: `key ${index % 3}` })));
    await until(clock, 30_000, () => new Set(broker.ids()).size === 100);
    expect(broker.arrivals.length).toBeGreaterThan(100);
    for (const key of ['key 0', 'key 1', 'key 2']) {
      expect(broker.firstIds(key)).toEqual(sent.filter((_id, index) => `key ${index % 3}` === key));
    }
  });

  test('F4.5: whatever breaks and however often, everything arrives, in order per key at first', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.boolean(), async (seed, strictKeys) => {
        const chance = new SeededRandom(seed);
        const world = memoryWorld({ seed, relay: { strictKeys, batchSize: 7, windowSize: 21, pageSize: 50 } });
        const { broker, send, clock, relay } = world;
        relay.start();
        let sent = 0;
        for (let step = 0; step < 30; step += 1) {
          const count = chance.integer(0, 20);
          await send(...Array.from({ length: count }, () => ({ key: `key ${chance.integer(0, 4)}` })));
          sent += count;
          broker.isDown = chance.next() < 0.2;
          if (chance.next() < 0.5) broker.breakAfter(chance.integer(1, 30));
          await clock.advance(chance.integer(0, 300));
        }
        broker.isDown = false;
        await until(clock, 60_000, async () => (await pending(world)) === 0);
        expect(new Set(broker.ids()).size).toBe(sent);
        for (let key = 0; key < 5; key += 1) {
          const first = broker.firstIds(`key ${key}`).map(Number);
          expect(first).toEqual([...first].sort((a, b) => a - b));
        }
        const stopped = relay.stop();
        await clock.advance(100);
        expect(await stopped).toEqual({ settled: true, abandoned: 0 });
        expect(clock.sleeping).toBe(0);
      }),
      { numRuns: 40 },
    );
  });

  test('one destination that is down does not stop the other', async () => {
    const world = memoryWorld();
    const { store, clock, broker, relayOf, outbox } = world;
    await outbox.declareDestinations([{ name: 'mail' }]);
    const failing = {
      publish: async (batch: readonly Envelope[]) =>
        batch.map(() => ({ outcome: 'unavailable' as const, reason: 'down' })),
    };
    const relay = relayOf({ publisher: { default: broker, mail: failing } });
    relay.start();
    const tx = store.begin();
    const envelope = (id: string): Envelope => ({
      id,
      source: '/test',
      type: 't',
      key: null,
      attributes: {},
      body: new Uint8Array(2),
    });
    await store.append(tx, [
      { envelope: envelope('m'), destination: 'mail', delayMs: 0 },
      { envelope: envelope('d'), destination: 'default', delayMs: 0 },
    ]);
    await tx.commit();
    await clock.advance(60_000);
    expect(broker.ids()).toEqual(['d']);
    expect(relay.status().map((lane) => lane.unavailableSince !== null)).toEqual([false, true]);
    const stopped = relay.stop();
    await clock.advance(100);
    await stopped;
  });
});

describe('a message that is refused', () => {
  test('F4.3: a message over the limit is refused when sent, with the limit named; nothing is written, others go on', async () => {
    const { store, outbox, broker, clock, send } = running();
    const tx = store.begin();
    await outbox.send(tx, { type: 'fits', data: 'x' });
    const sending = outbox.send(tx, [
      { type: 'fits', data: 'y' },
      { type: 'too.large', data: 'x'.repeat(262_144) },
    ]);
    await expect(sending).rejects.toMatchObject({
      code: 'ERR_CORE_MESSAGE_TOO_LARGE',
      limit: 262_144,
      message: expect.stringContaining('262144'),
    });
    await tx.commit();
    await send({});
    await clock.advance(1_000);
    expect(broker.arrivals.map((one) => one.type)).toEqual(['fits', 'order.placed']);
  });

  test('F4.3: what only the broker finds too large is parked with its reason; other messages go on', async () => {
    const { outbox, broker, clock, send } = running();
    broker.poison.set('1', 'message is larger than 128 KiB');
    await send({}, {});
    await clock.advance(1_000);
    expect(broker.ids()).toEqual(['2']);
    expect(await outbox.parked()).toMatchObject([
      { id: '1', role: 'rejected', reason: 'message is larger than 128 KiB', requested: null },
    ]);
  });

  test('F4.9: a poison message is parked with its key; other keys go on', async () => {
    const { outbox, broker, clock, send, events } = running({ relay: { strictKeys: true } });
    broker.poison.set('2', 'unroutable');
    await send({ key: 'a' }, { key: 'a' }, { key: 'a' }, { key: 'b' });
    await clock.advance(1_000);
    await send({ key: 'a' }, { key: 'b' });
    await clock.advance(1_000);
    expect(broker.ids('a')).toEqual(['1']);
    expect(broker.ids('b')).toEqual(['4', '6']);
    expect((await outbox.parked()).map(({ id, role }) => `${id} ${role}`)).toEqual([
      '2 rejected',
      '3 behind',
      '5 behind',
    ]);
    expect((await outbox.stats()).lanes[0]).toMatchObject({ pending: 0, parked: 3, blockedKeys: 1 });
    expect(events.filter((event) => event.type === 'message-parked').map((event) => event.messageId)).toContain('2');
  });
});

describe('stopping', () => {
  test('stop waits for what is in flight, records it and frees the lane at once', async () => {
    const world = running({ latencyMs: 500, relay: { batchSize: 10, cursorIntervalMs: 60_000 } });
    const { send, broker, clock, relay, relayOf } = world;
    await send(...Array.from({ length: 100 }, () => ({})));
    await until(clock, 1_000, () => broker.calls.length === 10);
    const stopped = relay.stop();
    await until(clock, 600, () => relay.status()[0]?.held === false);
    expect(await stopped).toEqual({ settled: true, abandoned: 0 });
    expect(await pending(world)).toBe(0);
    const next = relayOf();
    next.start();
    await clock.advance(10);
    expect(next.status()[0]?.held).toBe(true);
    const ended = next.stop();
    await clock.advance(1);
    await ended;
    expect(clock.sleeping).toBe(0);
  });

  test('stop waits for a read that is under way: afterwards nothing of the relay is with the database', async () => {
    const world = memoryWorld();
    const gate = new Gate();
    let reads = 0;
    const lanes = gate.around(world.store.lanes);
    const counted = new Proxy(lanes, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (name !== 'read' || typeof value !== 'function') return value;
        return async (...args: unknown[]) => {
          reads += 1;
          try {
            return await value(...args);
          } finally {
            reads -= 1;
          }
        };
      },
    });
    const { store, broker, clock } = world;
    const { name, parking, housekeeping, leases, wakeUp } = store;
    const relay = world.relayOf({
      store: { name, lanes: counted, parking, housekeeping, leases, wakeUp },
      publisher: broker,
    });
    relay.start();
    await clock.advance(1_000);
    gate.close();
    await until(clock, 10_000, () => reads > 0);
    const stopped = relay.stop().then(() => reads);
    await clock.advance(100);
    gate.open();
    await clock.advance(1_000);
    expect(await stopped).toBe(0);
  });

  test('stop waits for a read also when its progress cannot be recorded', async () => {
    const world = memoryWorld();
    const { store, broker, clock } = world;
    let reads = 0;
    let refused = 0;
    const lanes: typeof store.lanes = {
      lanes: () => store.lanes.lanes(),
      claim: (lane, token) => store.lanes.claim(lane, token),
      read: async (claim, cursor, limit) => {
        reads += 1;
        const page = await store.lanes.read(claim, cursor, limit);
        await clock.sleep(300);
        reads -= 1;
        return page;
      },
      settle: async () => {
        refused += 1;
        throw new Error('the database is away');
      },
    };
    const { name, parking, housekeeping, leases, wakeUp } = store;
    const relay = world.relayOf({
      store: { name, lanes, parking, housekeeping, leases, wakeUp },
      publisher: broker,
    });
    relay.start();
    await world.send({});
    await until(clock, 10_000, () => refused > 0 && reads > 0);
    const stopped = relay.stop().then(({ settled }) => ({ settled, reads }));
    await clock.advance(2_000);
    expect(await stopped).toEqual({ settled: false, reads: 0 });
  });

  test('stop gives up on receipts at its deadline, says how many, and leaves nothing behind', async () => {
    const { send, broker, clock, relay } = running({ latencyMs: 3_600_000 });
    await send({}, {}, {});
    await until(clock, 1_000, () => broker.calls.length === 1);
    const stopped = relay.stop({ deadlineMs: 2_000 });
    await clock.advance(2_000);
    expect(await stopped).toEqual({ settled: false, abandoned: 3 });
    expect(clock.sleeping).toBe(0);
  });

  test('stop while the broker is down does not wait for it', async () => {
    const { send, broker, clock, relay } = running();
    broker.isDown = true;
    await send({});
    await clock.advance(30_000);
    const stopped = relay.stop();
    await clock.advance(6);
    expect(await stopped).toEqual({ settled: true, abandoned: 0 });
  });
});
