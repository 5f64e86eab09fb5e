import { ManualClock } from '@holdfast/core/testing';
import { Outbox } from '@holdfast/outbox';
import { describe, expect, test } from 'vitest';
import { describeOutboxStore, MemoryOutboxStore, MemoryTransactions } from '../../src/testing/index.ts';
import { memoryFixture } from './memory-fixture.ts';

describeOutboxStore('MemoryOutboxStore', () => memoryFixture(), { describe, test, concurrentTransactions: true });

test('a transaction that is rolled back while it waits for a key never gets it', async () => {
  const clock = new ManualClock();
  const store = new MemoryOutboxStore({ clock });
  const outbox = new Outbox({ store, transactions: new MemoryTransactions(), source: '/test', clock });
  const message = { type: 'changed', key: 'a', data: {} };
  const [first, second, third] = [store.begin(), store.begin(), store.begin()];
  await outbox.send(first, message);
  const waiting = outbox.send(second, message);
  const refused = expect(waiting).rejects.toThrow('rolled back while it waited');
  await second.rollback();
  await refused;
  await first.commit();
  await outbox.send(third, message);
  await third.commit();
});
