import type { PreparedWork } from '@holdfast/inbox-dedup';
import { DatabaseBusyError } from '@holdfast/sql';
import { expect, onTestFinished, test } from 'vitest';
import { forged, sqliteWorld } from './inbox-world.ts';
import { orderEnvelope } from './order-events.ts';

async function opened() {
  const service = await sqliteWorld();
  onTestFinished(() => service.close());
  const prepared: string[] = [];
  let running = 0;
  let most = 0;
  const work: PreparedWork<Parameters<typeof service.transactions.executor>[0], string> = {
    async prepare({ id }) {
      running += 1;
      most = Math.max(most, running);
      // Outside of the transaction: the runner would refuse this inside.
      await service.transactions.execute({ text: 'select 1', values: [] });
      running -= 1;
      prepared.push(id);
      return `charged ${id}`;
    },
    async apply(message, context) {
      expect(context.prepared).toBe(`charged ${message.id}`);
      await service.charge(message, context);
    },
  };
  return { service, work, prepared, most: () => most };
}

test('preparing happens outside of the transaction, and not for duplicates or reused ids', async () => {
  const { service, work, prepared } = await opened();
  const inbox = service.inbox();
  const message = orderEnvelope({ id: 'm1' });
  expect(await inbox.handle(message, work)).toBe('applied');
  expect(await inbox.handle(message, work)).toBe('duplicate');
  await expect(inbox.handle(forged(message), work)).rejects.toMatchObject({ code: 'ERR_INBOX_ID_REUSED' });
  expect(prepared).toEqual(['m1']);
});

test('a transaction that is run again keeps what was prepared', async () => {
  const { service, work, prepared } = await opened();
  let runs = 0;
  const busyOnce: typeof work = {
    prepare: (message, context) => work.prepare(message, context),
    async apply(message, context) {
      runs += 1;
      if (runs === 1) throw new DatabaseBusyError('insert');
      await work.apply(message, context);
    },
  };
  expect(await service.inbox().handle(orderEnvelope({ id: 'm1' }), busyOnce)).toBe('applied');
  expect([runs, prepared, await service.charges()]).toEqual([2, ['m1'], ['m1']]);
});

test('a batch is prepared by several at once, as many as allowed, and what is known is not', async () => {
  const { service, work, prepared, most } = await opened();
  const inbox = service.inbox({ prepareConcurrency: 3 });
  const batch = Array.from({ length: 10 }, (_, n) => ({ envelope: orderEnvelope({ id: `m${n}` }) }));
  await inbox.handle(batch[4]!.envelope, work);
  const results = await inbox.handleBatch(batch, work);
  expect(results.filter(({ outcome }) => outcome === 'applied')).toHaveLength(9);
  expect(prepared).toHaveLength(10);
  expect(most()).toBe(3);
});
