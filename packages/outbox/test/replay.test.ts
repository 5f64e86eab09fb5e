import { ManualClock } from '@holdfast/core/testing';
import { Outbox, type OutboxOptions } from '@holdfast/outbox';
import { expect, test } from 'vitest';
import { MemoryOutboxStore, MemoryTransactions } from '../src/testing/index.ts';

const HOUR_MS = 3_600_000;

async function outboxWithHistory(options: Partial<OutboxOptions<never, never>> = {}) {
  const clock = new ManualClock();
  const store = new MemoryOutboxStore({ clock, retentionMs: 100 * HOUR_MS });
  const outbox = new Outbox({ store, transactions: new MemoryTransactions(), source: '/orders', clock, ...options });
  for (const type of ['old', 'new']) {
    const transaction = store.begin();
    await outbox.send(transaction, { type, data: {} });
    await transaction.commit();
    await clock.advance(10 * HOUR_MS);
  }
  const now = clock.now();
  return { outbox, now, all: { from: now - 50 * HOUR_MS, to: now } };
}

test('F9.2: a replay of what consumers may have forgotten is refused, and sends nothing', async () => {
  const { outbox, all, now } = await outboxWithHistory({ dedupWindowMs: 15 * HOUR_MS });
  await expect(outbox.replay(all)).rejects.toMatchObject({
    code: 'ERR_OUTBOX_REPLAY_REFUSED',
    oldest: now - 20 * HOUR_MS,
    dedupWindowMs: 15 * HOUR_MS,
  });
  expect((await outbox.previewReplay(all)).messages).toBe(2);
});

test('F9.2: it sends them when told', async () => {
  const { outbox, all } = await outboxWithHistory({ dedupWindowMs: 15 * HOUR_MS });
  expect(await outbox.replay(all, { beyondDedupWindow: true })).toBe(2);
});

test('a replay of what consumers remember is not refused, however early it begins', async () => {
  const { outbox, all, now } = await outboxWithHistory({ dedupWindowMs: 15 * HOUR_MS });
  expect(await outbox.replay({ ...all, from: now - 11 * HOUR_MS })).toBe(1);
  expect(await outbox.replay({ ...all, types: ['new'] })).toBe(1);
});

test('consumers are taken to remember for 15 days unless it is said', async () => {
  const { outbox, all } = await outboxWithHistory();
  expect(await outbox.replay(all)).toBe(2);
});
