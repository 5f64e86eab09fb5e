import { ManualClock } from '@holdfast/core/testing';
import { Outbox, Relay } from '@holdfast/outbox';
import { MemoryOutboxStore, MemoryTransactions } from '@holdfast/outbox/testing';
import { expect, test } from 'vitest';

const accepting = { publish: async (batch: readonly unknown[]) => batch.map(() => ({ outcome: 'accepted' as const })) };

test('single runs move all that is due, not one batch of it, and free what retention no longer asks for', async () => {
  const clock = new ManualClock();
  const store = new MemoryOutboxStore({ clock, retentionMs: 1_000 });
  const outbox = new Outbox({ store, transactions: new MemoryTransactions(), source: '/test', clock });
  const relay = new Relay({ store, publisher: accepting, clock });
  const transaction = store.begin();
  await outbox.send(
    transaction,
    Array.from({ length: 1_000 }, () => ({ type: 'order.placed', data: {}, delayMs: 10 })),
  );
  await transaction.commit();
  await clock.advance(1_000);
  await relay.runOnce();
  expect(relay.status()[0]?.published).toBe(1_000);
  await clock.advance(3_600_000);
  await relay.runOnce();
  expect((await outbox.previewReplay({ from: 0, to: Number.MAX_SAFE_INTEGER })).messages).toBe(0);
  await relay.stop();
});
