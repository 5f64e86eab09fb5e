import { ManualClock } from '@holdfast/core/testing';
import { deadLetterAttributes, MemoryBroker, readDeadLetter } from '@holdfast/transports/memory';
import { expect, test } from 'vitest';
import { envelope, envelopes } from '../envelopes.ts';

async function brokerWithDead(count: number, reason = 'Refused.') {
  const clock = new ManualClock({ now: Date.UTC(2026, 10, 21) });
  const broker = new MemoryBroker({ clock });
  await broker.declare({ queue: 'payment', types: ['order.placed'], leaseMs: 1_000 });
  await broker.publish(envelopes(count));
  for (const delivery of await broker.reader('payment').pull(count + 1, { waitMs: 0 })) {
    await delivery.deadLetter(reason);
  }
  return { clock, broker };
}

test('dead letters can be listed without being taken: as they were sent, with what became of them', async () => {
  const { broker } = await brokerWithDead(3);
  const letters = await broker.deadLetters('payment', { max: 2 });
  expect(letters).toEqual(
    ['m0', 'm1'].map((id) => ({
      envelope: envelope(id),
      reason: 'Refused.',
      queue: 'payment',
      time: Date.UTC(2026, 10, 21),
      deliveryCount: 1,
    })),
  );
  expect(await broker.deadLetters('payment')).toHaveLength(3);
  expect(await broker.stats('payment.dead-letter')).toMatchObject({ ready: 3 });
});

test('a dead letter that a reader holds is not listed, and is listed again when it comes back', async () => {
  const { clock, broker } = await brokerWithDead(2);
  await broker.reader('payment.dead-letter').pull(1, { waitMs: 0 });
  expect((await broker.deadLetters('payment')).map((letter) => letter.envelope.id)).toEqual(['m1']);
  await clock.advance(1_000);
  expect(await broker.deadLetters('payment')).toHaveLength(2);
});

test('redriven dead letters are delivered again in order, as they were sent', async () => {
  const { broker } = await brokerWithDead(3);
  expect(await broker.redrive('payment', { max: 2 })).toBe(2);
  const deliveries = await broker.reader('payment').pull(10, { waitMs: 0 });
  expect(deliveries.map((delivery) => delivery.envelope)).toEqual([envelope('m0'), envelope('m1')]);
  expect(deliveries.map((delivery) => delivery.deliveryCount)).toEqual([1, 1]);
  expect(await broker.stats('payment')).toMatchObject({ leased: 2, dead: 1 });
});

test('a redrive takes the letters that it is asked for, and wakes a waiting pull', async () => {
  const { broker } = await brokerWithDead(3);
  const waiting = broker.reader('payment').pull(10, { waitMs: 1_000 });
  expect(await broker.redrive('payment', { where: (letter) => letter.envelope.id === 'm1' })).toBe(1);
  expect((await waiting).map((delivery) => delivery.envelope.id)).toEqual(['m1']);
  expect((await broker.deadLetters('payment')).map((letter) => letter.envelope.id)).toEqual(['m0', 'm2']);
});

test('queues that share a dead-letter queue list and redrive their own letters', async () => {
  const broker = new MemoryBroker({ clock: new ManualClock() });
  for (const queue of ['a', 'b']) await broker.declare({ queue, types: ['*'], deadLetterQueue: 'dead' });
  await broker.publish(envelopes(1));
  for (const queue of ['a', 'b']) {
    const [delivery] = await broker.reader(queue).pull(1, { waitMs: 0 });
    await delivery!.deadLetter(`Refused by ${queue}.`);
  }
  expect((await broker.deadLetters('b')).map((letter) => letter.reason)).toEqual(['Refused by b.']);
  expect(await broker.redrive('b')).toBe(1);
  expect(await broker.stats('a')).toMatchObject({ ready: 0, dead: 1 });
  expect(await broker.stats('b')).toMatchObject({ ready: 1, dead: 0 });
});

test('a dead letter that is dead-lettered again stays in the dead-letter queue, with the newer reason', async () => {
  const { broker } = await brokerWithDead(1);
  const [letter] = await broker.reader('payment.dead-letter').pull(1, { waitMs: 0 });
  await letter!.deadLetter('Looked at; still wrong.');
  expect(await broker.deadLetters('payment')).toMatchObject([{ reason: 'Looked at; still wrong.', queue: 'payment' }]);
  expect(await broker.stats('payment')).toMatchObject({ dead: 1 });
});

test('a reason is one bounded line', async () => {
  const { broker } = await brokerWithDead(1, `line\nbreak \u0000 ${'x'.repeat(2_000)}`);
  const [letter] = await broker.deadLetters('payment');
  expect(letter!.reason).toMatch(/^line break {3}x+$/);
  expect(letter!.reason.length).toBeLessThanOrEqual(240);
});

test('F5.10: the bytes are those that were sent, whatever the receiver did to its copy', async () => {
  const { broker } = await brokerWithDead(0);
  await broker.publish([envelope('m', { body: Uint8Array.of(0xff, 0x00, 0xfe) })]);
  const [delivery] = await broker.reader('payment').pull(1, { waitMs: 0 });
  delivery!.envelope.body.fill(0);
  await delivery!.deadLetter('Malformed.');
  const [letter] = await broker.deadLetters('payment');
  expect([...letter!.envelope.body]).toEqual([0xff, 0x00, 0xfe]);
});

test('the mark is in attributes that CloudEvents allows', async () => {
  for (const name of Object.values(deadLetterAttributes)) expect(name).toMatch(/^[a-z0-9]{1,20}$/);
});

test('a message without a mark is no dead letter', () => {
  expect(readDeadLetter(envelope('m'))).toBeNull();
});
