import { expect, onTestFinished, test } from 'vitest';
import { type MemoryWorldOptions, memoryWorld, until } from './memory-world.ts';

/** Messages 1 to 4 of key `a`, of which 2 is refused; 5 is of key `b`. */
async function parkedWorld(options: MemoryWorldOptions['relay'] = {}) {
  const world = memoryWorld({ relay: { strictKeys: true, ...options } });
  const { broker, clock, send, outbox, relay } = world;
  broker.poison.set('2', 'unroutable');
  relay.start();
  onTestFinished(async () => {
    const stopped = relay.stop();
    await clock.advance(60_000);
    await stopped;
  });
  await send({ key: 'a' }, { key: 'a' }, { key: 'a' }, { key: 'a' }, { key: 'b' });
  const parked = async () => (await outbox.parked()).map(({ id, role }) => `${id} ${role}`);
  await until(clock, 5_000, async () => (await parked()).length === 3);
  return { ...world, parked };
}

test('F4.9: redrive publishes in order, while new messages of the key arrive', async () => {
  const { broker, clock, send, outbox, parked } = await parkedWorld();
  broker.poison.clear();
  broker.onArrival = ({ id }) => {
    if (['2', '3', '4'].includes(id)) void send({ key: 'a' }, { key: 'b' });
  };
  expect(await outbox.request('redrive', { key: 'a' })).toBe(3);
  for (let count = 0; count < 20; count += 1) {
    await send({ key: 'a' });
    await clock.advance(250);
  }
  await until(clock, 10_000, () => broker.arrivals.length === 31);
  const numbers = broker.ids('a').map(Number);
  expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  expect(numbers).toHaveLength(27);
  expect(await parked()).toEqual([]);
});

test('F4.9: what comes to wait behind a message whose redrive is asked for is redriven with it', async () => {
  const { broker, clock, send, outbox, parked } = await parkedWorld();
  broker.poison.clear();
  await outbox.request('redrive', { key: 'a' });
  await send({ key: 'a' });
  await until(clock, 1_000, async () => (await parked()).includes('6 behind'));
  await until(clock, 5_000, () => broker.ids('a').length === 5);
  await clock.advance(5_000);
  expect(broker.ids('a')).toEqual(['1', '2', '3', '4', '6']);
  expect(await parked()).toEqual([]);
});

test('F4.9: a message that is refused again still holds its key, and the request is withdrawn', async () => {
  const { broker, clock, send, outbox, parked } = await parkedWorld();
  broker.poison.set('2', 'still unroutable');
  await outbox.request('redrive', { key: 'a' });
  await send({ key: 'a' });
  await clock.advance(5_000);
  expect(await parked()).toEqual(['2 rejected', '3 behind', '4 behind', '6 behind']);
  expect(await outbox.parked({ limit: 1 })).toMatchObject([{ reason: 'still unroutable', requested: null }]);
  expect(broker.ids('a')).toEqual(['1']);
  broker.poison.clear();
  await outbox.request('redrive', { key: 'a' });
  await clock.advance(5_000);
  expect(broker.ids('a')).toEqual(['1', '2', '3', '4', '6']);
});

test('F4.9: when one in the middle is refused, those before it are gone and it holds back the rest', async () => {
  const { broker, clock, outbox, parked } = await parkedWorld();
  broker.poison.clear();
  broker.poison.set('3', 'bad');
  await outbox.request('redrive', { key: 'a' });
  await clock.advance(5_000);
  expect(broker.ids('a')).toEqual(['1', '2']);
  expect(await parked()).toEqual(['3 rejected', '4 behind']);
});

test('F4.9: discarding the refused message publishes nothing; those behind it wait for their own redrive, in order', async () => {
  const { broker, clock, send, outbox, parked } = await parkedWorld();
  await outbox.request('discard', { id: '2' });
  await clock.advance(5_000);
  expect(await parked()).toEqual(['3 rejected', '4 behind']);
  await send({ key: 'a' });
  await clock.advance(1_000);
  await outbox.request('redrive', { key: 'a' });
  await clock.advance(5_000);
  expect(broker.ids('a')).toEqual(['1', '3', '4', '6']);
  expect(await parked()).toEqual([]);
});

test('F4.9: discarding a key removes all that is parked under it, and later messages of the key are published', async () => {
  const { broker, clock, send, outbox, parked } = await parkedWorld();
  await outbox.request('discard', { key: 'a' });
  await clock.advance(5_000);
  expect(await parked()).toEqual([]);
  await send({ key: 'a' });
  await clock.advance(1_000);
  expect(broker.ids('a')).toEqual(['1', '6']);
});

test('a message that waits behind another cannot be asked for alone', async () => {
  const { outbox } = await parkedWorld();
  await expect(outbox.request('redrive', { id: '3' })).rejects.toMatchObject({
    code: 'ERR_OUTBOX_PARKED_REQUEST_REFUSED',
  });
});

test('F4.1: a redrive that meets a destination that is down is done when it returns, without other traffic', async () => {
  const { broker, clock, outbox, parked } = await parkedWorld();
  broker.poison.clear();
  broker.isDown = true;
  await outbox.request('redrive', { key: 'a' });
  await clock.advance(60_000);
  expect(await parked()).toEqual(['2 rejected', '3 behind', '4 behind']);
  broker.isDown = false;
  await clock.advance(15_000);
  expect(broker.ids('a')).toEqual(['1', '2', '3', '4']);
  expect(await parked()).toEqual([]);
});

test('F4.5: a redrive whose answer is lost is published again, in order', async () => {
  const { broker, clock, outbox, parked } = await parkedWorld();
  broker.poison.clear();
  broker.breakAfter(2);
  await outbox.request('redrive', { key: 'a' });
  await clock.advance(30_000);
  expect(broker.ids('a')).toEqual(['1', '2', '3', '3', '4']);
  expect(await parked()).toEqual([]);
});

test('F4.9: when the answer of the record is lost in a redrive, the key is neither lost nor overtaken', async () => {
  const { broker, clock, send, outbox, parked, store } = await parkedWorld();
  broker.poison.clear();
  const { parking } = store;
  const resolve = parking.resolve.bind(parking);
  let calls = 0;
  parking.resolve = async (...args) => {
    const released = await resolve(...args);
    calls += 1;
    // After the third one nothing of the key is parked any more.
    if (calls === 3) throw new Error('connection lost');
    return released;
  };
  await outbox.request('redrive', { key: 'a' });
  await clock.advance(10_000);
  await send({ key: 'a' }, { key: 'a' });
  await clock.advance(10_000);
  expect(broker.firstIds('a')).toEqual(['1', '2', '3', '4', '6', '7']);
  expect(await parked()).toEqual([]);
});

test('F4.9: a publisher that fails in a redrive does not forget the keys that were released before', async () => {
  const { broker, clock, send, outbox, parked } = await parkedWorld();
  broker.poison.set('6', 'bad');
  await send({ key: 'c' });
  await until(clock, 5_000, async () => (await parked()).length === 4);
  broker.poison.clear();
  const publish = broker.publish.bind(broker);
  let failures = 0;
  broker.publish = async (batch, options) => {
    const receipts = await publish(batch, options);
    if (batch[0]?.id === '3' && ++failures === 1) throw new Error('connection lost');
    return receipts;
  };
  await outbox.request('redrive', { key: 'a' });
  await outbox.request('redrive', { key: 'c' });
  await clock.advance(10_000);
  await send({ key: 'a' }, { key: 'c' });
  await clock.advance(10_000);
  expect(broker.firstIds('a')).toEqual(['1', '2', '3', '4', '7']);
  expect(broker.firstIds('c')).toEqual(['6', '8']);
  expect(await parked()).toEqual([]);
});
