import { describe, expect, onTestFinished, test } from 'vitest';
import { postgresWorld } from './inbox-world.ts';
import { orderEnvelope } from './order-events.ts';

const levels = ['read committed', 'repeatable read', 'serializable'] as const;

describe.each(levels)('%s', (isolationLevel) => {
  test('F5.1: batches that overlap, in any order and in parallel, apply each message once', async () => {
    const world = await postgresWorld({ version: 18, runner: { isolationLevel } });
    onTestFinished(() => world.close());
    const ids = Array.from({ length: 40 }, (_, index) => `m${index}`);
    const consumers = [0, 7, 13, 22, 31].map((first, at) => {
      const turned = [...ids.slice(first), ...ids.slice(0, first)];
      return at % 2 === 0 ? turned : turned.toReversed();
    });
    const inbox = world.inbox({ transactionAttempts: 50 });
    const batches = consumers.map((order) => {
      const messages = order.map((id) => ({ envelope: orderEnvelope({ id, orderId: id }) }));
      return inbox.handleBatch(messages, world.charge);
    });
    const singles = ids
      .slice(0, 10)
      .map((id) => inbox.handle(orderEnvelope({ id, orderId: id }), world.charge, { attempt: 2 }));
    const outcomes = [
      ...(await Promise.all(batches)).flat().map(({ outcome }) => outcome),
      ...(await Promise.all(singles)),
    ];
    expect(new Set(outcomes)).toEqual(new Set(['applied', 'duplicate']));
    expect(outcomes.filter((outcome) => outcome === 'applied')).toHaveLength(40);
    expect([...(await world.charges())].sort()).toEqual([...ids].sort());
  });
});
