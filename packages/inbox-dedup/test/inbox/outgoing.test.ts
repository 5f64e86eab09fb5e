import { type Enqueuer, InvalidOptionError, type OutgoingMessage } from '@holdfast/core';
import type { BulkWork, Work } from '@holdfast/inbox-dedup';
import { expect, onTestFinished, test } from 'vitest';
import { sqliteWorld } from './inbox-world.ts';
import { orderEnvelope, orderPlaced } from './order-events.ts';

type Tx =
  Awaited<ReturnType<typeof sqliteWorld>> extends { inbox(options: { outbox?: Enqueuer<infer T> }): unknown }
    ? T
    : never;

async function opened() {
  const service = await sqliteWorld();
  onTestFinished(() => service.close());
  const sent: OutgoingMessage[] = [];
  const outbox: Enqueuer<Tx> = {
    async enqueue(tx, messages) {
      for (const message of messages) {
        await service.transactions.executor(tx).execute(service.insert(`sent by ${message.causationId}`));
        if (message.key === 'refused') throw new Error('it cannot be sent');
        sent.push(message);
      }
    },
  };
  return { service, sent, inbox: service.inbox({ outbox }) };
}

const order = (orderId: string) => orderPlaced({ orderId, cents: 1 });

test('what a work sends is caused by its message and belongs to its workflow, and commits with it', async () => {
  const { service, sent, inbox } = await opened();
  const work: Work<Tx> = async (_, { send }) => {
    await send(order('o1'));
    await send([]);
    await send([{ ...order('o2'), causationId: 'mine', correlationId: 'other' }]);
  };
  await inbox.handle(orderEnvelope({ id: 'm1' }), work);
  const started = orderEnvelope({ id: 'm2' });
  const attributes = Object.assign(Object.create(null), started.attributes, { correlationid: 'w1' });
  await inbox.handle({ ...started, attributes }, work);
  expect(sent.map(({ causationId, correlationId }) => [causationId, correlationId])).toEqual([
    ['m1', 'm1'],
    ['mine', 'other'],
    ['m2', 'w1'],
    ['mine', 'other'],
  ]);
  expect(await service.charges()).toContain('sent by m1');
});

test('what a bulk work sends is caused by the message that it names', async () => {
  const { sent, inbox } = await opened();
  const work: BulkWork<Tx> = {
    async applyAll(messages, { send }) {
      for (const message of messages) await send(order('o1'), message);
    },
  };
  await inbox.handleBatch([{ envelope: orderEnvelope({ id: 'm1' }) }, { envelope: orderEnvelope({ id: 'm2' }) }], work);
  expect(sent.map(({ causationId }) => causationId)).toEqual(['m1', 'm2']);
});

test.each([
  ['waits for nothing', (send: () => Promise<void>) => void send()],
  ['swallows the error', (send: () => Promise<void>) => send().catch(() => {})],
])('a message that cannot be sent rolls back a work that %s', async (_, how) => {
  const { service, inbox } = await opened();
  const work: Work<Tx> = async (message, context) => {
    await service.charge(message, context);
    await how(() => context.send({ ...order('o1'), key: 'refused' }));
  };
  await expect(inbox.handle(orderEnvelope(), work)).rejects.toThrow('it cannot be sent');
  expect([await service.charges(), await service.recorded()]).toEqual([[], []]);
});

test('a work cannot send through an inbox without an outbox', async () => {
  const { service } = await opened();
  const handled = service.inbox().handle(orderEnvelope(), (_, { send }) => send(order('o1')));
  await expect(handled).rejects.toThrow(InvalidOptionError);
});
