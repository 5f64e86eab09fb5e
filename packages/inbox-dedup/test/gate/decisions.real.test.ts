import { PermanentError } from '@holdfast/core';
import { expect, test } from 'vitest';
import type { BlockedKey } from '../../src/store/gate-store.ts';
import { onEachDatabase } from './each-database.ts';
import { numbered, whileBusy } from './gate-world.ts';

onEachDatabase((world) => {
  /** 1 is applied, 2 has failed for good, 3 and 5 wait. */
  async function blockedWorld() {
    const failures = new Map([[2, () => new PermanentError('no')]]);
    const process = world().failing(failures);
    for (const number of [5, 3, 2, 1]) await process.deliver(numbered(number));
    const [blocked] = await process.gate.blocked();
    expect(blocked).toMatchObject({ next: 2n, cause: 'failed', waiting: 2, last: 5n });
    return { ...process, failures, blocked: blocked as BlockedKey };
  }

  test('retry tries the failed message again and goes on', async () => {
    const { gate, failures, blocked } = await blockedWorld();
    failures.clear();
    expect(await gate.retry(blocked)).toBe(true);
    expect(await world().numbers()).toEqual([1, 2, 3]);
    expect(await gate.blocked()).toMatchObject([{ next: 4n, cause: 'missing', id: null, waiting: 1 }]);
  });

  test('retry of a message that fails again leaves the key blocked with the new reason', async () => {
    const { gate, failures, blocked } = await blockedWorld();
    failures.set(2, () => new PermanentError('still no'));
    expect(await gate.retry(blocked)).toBe(true);
    const [again] = await gate.blocked();
    expect(again).toMatchObject({ next: 2n, cause: 'failed', waiting: 2 });
    expect(again?.reason).toContain('still no');
    expect(await world().numbers()).toEqual([1]);
  });

  test('retry of a missing message changes nothing', async () => {
    const { deliver, gate } = world().process();
    await deliver(numbered(2));
    const [missing] = await gate.blocked();
    expect(await gate.retry(missing as BlockedKey)).toBe(false);
    expect(await gate.blocked()).toHaveLength(1);
  });

  test('skip gives up the failed message and goes on; its redelivery is stale', async () => {
    const { gate, deliver, blocked } = await blockedWorld();
    expect(await gate.skip(blocked)).toBe(true);
    expect(await world().numbers()).toEqual([1, 3]);
    expect(await deliver(numbered(2), { attempt: 2 })).toBe('stale');
    expect(await world().numbers()).toEqual([1, 3]);
  });

  test('skip through a number drops all up to there, parked ones too, and goes on behind it', async () => {
    const { gate, deliver, blocked } = await blockedWorld();
    expect(await gate.skip(blocked, { through: 4n })).toBe(true);
    expect(await world().numbers()).toEqual([1, 5]);
    expect(await world().parked()).toEqual([]);
    expect(await deliver(numbered(4))).toBe('stale');
    expect(await deliver(numbered(6))).toBe('applied');
  });

  test('skip refuses numbers that nobody has seen, and those that are done', async () => {
    const { gate, blocked } = await blockedWorld();
    for (const through of [1n, 6n, 10n ** 18n]) {
      await expect(gate.skip(blocked, { through })).rejects.toMatchObject({ code: 'ERR_CORE_INVALID_OPTION' });
    }
    expect(await world().numbers()).toEqual([1]);
  });

  test('replace puts a message with a new id in the place of the failed one', async () => {
    const { gate, deliver, failures, blocked } = await blockedWorld();
    failures.clear();
    expect(await gate.replace(blocked, { type: 'order.changed', data: { corrected: true } })).toBe(true);
    expect(await world().numbers()).toEqual([1, 2, 3]);
    const [row] = await world().database.query('select id, source, key from holdfast_effect where number = 2');
    expect(row).toMatchObject({ source: '/orders', key: 'k' });
    expect(row?.['id']).not.toBe('k/2');
    expect(await deliver(numbered(2), { attempt: 2 })).toBe('stale');
  });

  test('replace fills the place of a missing message, which is dropped when it comes after all, also while the other one waits', async () => {
    const failures = new Map([[1, () => new Error('not now')]]);
    const { deliver, gate } = world().failing(failures);
    await deliver(numbered(2));
    const [missing] = await gate.blocked();
    expect(await gate.replace(missing as BlockedKey, { type: 'order.changed', data: {}, key: 'k' })).toBe(true);
    expect(await gate.blocked()).toMatchObject([{ next: 1n, cause: 'retrying', waiting: 1 }]);
    expect(await deliver(numbered(1))).toBe('stale');
    failures.clear();
    await world().database.elapse(3_600_000);
    expect(await gate.releaseReady()).toBe(2);
    expect(await world().ids()).not.toContain('k/1');
    expect(await world().numbers()).toEqual([1, 2]);
  });

  test('replace refuses another key, a number of its own and data that its type does not allow', async () => {
    const { gate, blocked } = await blockedWorld();
    const message = { type: 'order.changed', data: {} };
    await expect(gate.replace(blocked, { ...message, key: 'other' })).rejects.toMatchObject({ field: 'key' });
    await expect(gate.replace(blocked, { ...message, data: 1n })).rejects.toMatchObject({
      code: 'ERR_CORE_INVALID_MESSAGE',
    });
    expect(await gate.blocked()).toMatchObject([{ next: 2n, cause: 'failed', id: 'k/2' }]);
  });

  test('a decision about a number that is no longer next changes nothing', async () => {
    const { gate, failures, blocked } = await blockedWorld();
    failures.clear();
    await gate.retry(blocked);
    expect(await gate.retry(blocked)).toBe(false);
    expect(await gate.skip(blocked)).toBe(false);
    expect(await gate.replace(blocked, { type: 'order.changed', data: {} })).toBe(false);
    expect(await world().numbers()).toEqual([1, 2, 3]);
    expect(await gate.blocked()).toMatchObject([{ next: 4n, cause: 'missing' }]);
  });

  test('of many decisions at once about one number, among deliveries, one is carried out', async () => {
    const { failures, blocked } = await blockedWorld();
    failures.clear();
    const processes = Array.from({ length: 3 }, () => world().process());
    const skips = processes.map(({ gate }) => gate.skip(blocked));
    const replaces = processes.map(({ gate }) => gate.replace(blocked, { type: 'order.changed', data: {} }));
    const deliveries = processes.flatMap(({ deliver }) => [
      whileBusy(() => deliver(numbered(4))),
      whileBusy(() => deliver(numbered(2), { attempt: 2 })),
    ]);
    const [decided] = await Promise.all([Promise.all([...skips, ...replaces]), Promise.all(deliveries)]);
    expect(decided.filter((isDone) => isDone)).toHaveLength(1);
    const [one] = processes;
    while ((await one?.gate.releaseReady()) !== 0);
    const numbers = await world().numbers();
    expect([
      [1, 3, 4, 5],
      [1, 2, 3, 4, 5],
    ]).toContainEqual(numbers);
    expect(await world().ids()).not.toContain('k/2');
  });

  test('a key of another consumer is refused', async () => {
    const { blocked } = await blockedWorld();
    const stock = world().process({ consumer: 'stock' });
    await expect(stock.gate.skip(blocked)).rejects.toMatchObject({ code: 'ERR_CORE_INVALID_OPTION' });
  });
});
