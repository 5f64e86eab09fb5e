import { failureClassOf } from '@holdfast/core';
import { expect, test } from 'vitest';
import type { EffectWorld } from './effect-world.ts';
import { Provider } from './provider.ts';

/** What `perform` promises, on any store. */
export function performRules(open: () => Promise<EffectWorld>): void {
  test('the intent is committed before the call starts, the result is kept, and a repetition returns it without a call', async () => {
    const world = await open();
    const provider = new Provider();
    const other = world.journal();
    const seen: unknown[] = [];
    const effect = {
      call: async (context: Parameters<ReturnType<Provider['charge']>>[0]) => {
        seen.push(await other.find('order-1'));
        return provider.charge(1250)(context);
      },
      verify: provider.verify,
      about: '12.50 EUR for order 1',
    };
    const first = await world.journal().perform('order-1', effect);
    expect(first).toEqual({ id: 'ch_1', cents: 1250 });
    expect(seen).toMatchObject([{ state: 'calling', attempts: 1, held: true, about: '12.50 EUR for order 1' }]);
    expect(await other.perform('order-1', effect)).toEqual(first);
    expect(provider.calls).toHaveLength(1);
    expect(provider.verifications).toBe(0);
  });

  test('F6.3: the answer is lost after the charge: it is unknown, verified, kept, and never charged twice', async () => {
    const world = await open();
    const provider = new Provider();
    provider.manner = 'loses-answer';
    const effect = { call: provider.charge(500), verify: provider.verify };
    const result = await world.journal().perform('order-1', effect);
    expect(result).toEqual({ id: 'ch_1', cents: 500 });
    expect(await world.journal().perform('order-1', effect)).toEqual(result);
    expect(provider.ledger).toHaveLength(1);
    expect(provider.calls).toHaveLength(1);
    expect(world.events.map(({ type }) => type)).toEqual(['unknown', 'resolved']);
  });

  test('F6.3: what verify does not find is not called again before settleMs, and then with the same idempotency key', async () => {
    const world = await open();
    const provider = new Provider();
    provider.manner = 'loses-request';
    const effect = { call: provider.charge(500), verify: provider.verify };
    const journal = world.journal({ settleMs: 60_000 });
    const lost = await journal.perform('order-1', effect).catch((error: unknown) => error);
    expect(lost).toMatchObject({ code: 'ERR_INBOX_EFFECT_UNKNOWN', retryAfterMs: 60_000 });
    expect(failureClassOf(lost)).toBe('transient');
    provider.manner = 'answers';
    await world.elapse(50_000);
    await expect(journal.perform('order-1', effect)).rejects.toMatchObject({ code: 'ERR_INBOX_EFFECT_UNKNOWN' });
    expect(provider.calls).toHaveLength(1);
    await world.elapse(10_001);
    expect(await world.journal().perform('order-1', effect)).toEqual({ id: 'ch_1', cents: 500 });
    expect(provider.calls).toHaveLength(2);
    expect(new Set(provider.calls.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
    expect(provider.calls.map(({ attempt }) => attempt)).toEqual([1, 2]);
  });

  test('F6.3: a request that arrives late, after verify did not find it, is not charged a second time', async () => {
    const world = await open();
    const provider = new Provider();
    provider.manner = 'loses-request';
    const journal = world.journal({ settleMs: 60_000 });
    const effect = { call: provider.charge(500), verify: provider.verify };
    await expect(journal.perform('order-1', effect)).rejects.toThrow('unknown');
    provider.ledger.push({ idempotencyKey: journal.idempotencyKeyOf('order-1'), charge: { id: 'late', cents: 500 } });
    await world.elapse(60_001);
    expect(await journal.perform('order-1', effect)).toEqual({ id: 'late', cents: 500 });
    expect(provider.calls).toHaveLength(1);
  });

  test('F6.4: a 500 that charged is found out by verify', async () => {
    const world = await open();
    const provider = new Provider();
    provider.manner = '500-but-charged';
    const effect = { call: provider.charge(700), verify: provider.verify };
    expect(await world.journal().perform('order-1', effect)).toEqual({ id: 'ch_1', cents: 700 });
    expect(provider.ledger).toHaveLength(1);
  });

  test('F6.4: a 200 with an error inside is what the call makes of its body: refused, kept, and not called again', async () => {
    const world = await open();
    const provider = new Provider();
    provider.manner = '200-with-error';
    const effect = { call: provider.charge(700), verify: provider.verify };
    const refused = await world
      .journal()
      .perform('order-1', effect)
      .catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'ERR_INBOX_EFFECT_REFUSED', cause: { code: 'ERR_CORE_PERMANENT' } });
    expect(failureClassOf(refused)).toBe('permanent');
    const again = await world
      .journal()
      .perform('order-1', effect)
      .catch((error: unknown) => error);
    expect(again).toMatchObject({ code: 'ERR_INBOX_EFFECT_REFUSED', reason: expect.stringContaining('declined') });
    expect(provider.calls).toHaveLength(1);
    expect(provider.ledger).toHaveLength(0);
  });

  test('F6.2: an overload frees the effect, and its error with Retry-After is the caller’s', async () => {
    const world = await open();
    const provider = new Provider();
    provider.manner = 'throttles';
    const effect = { call: provider.charge(700), verify: provider.verify };
    await expect(world.journal().perform('order-1', effect)).rejects.toMatchObject({
      code: 'ERR_CORE_OVERLOADED',
      retryAfterMs: 7_000,
    });
    expect(await world.journal().find('order-1')).toMatchObject({ state: 'free', held: false });
    provider.manner = 'answers';
    expect(await world.journal().perform('order-1', effect)).toMatchObject({ cents: 700 });
    expect(provider.verifications).toBe(0);
  });

  test('F6.6: when verify cannot tell, it is tried again with backoff, then parked with all that is known', async () => {
    const world = await open();
    const provider = new Provider();
    provider.manner = 'loses-answer';
    const verify = async () => ({ happened: 'unknown', reason: 'their search is down' }) as const;
    const effect = { call: provider.charge(900), verify, about: '9.00 EUR' };
    const journal = world.journal({ maxVerifications: 3, verifyBackoffMs: { min: 20_000, max: 20_000 } });
    for (const outcome of ['UNKNOWN', 'UNKNOWN', 'PARKED', 'PARKED']) {
      await expect(journal.perform('order-1', effect)).rejects.toMatchObject({ code: `ERR_INBOX_EFFECT_${outcome}` });
      await world.elapse(20_001);
    }
    expect(provider.calls).toHaveLength(1);
    expect(await journal.list({ state: 'parked' })).toMatchObject([
      {
        key: 'order-1',
        idempotencyKey: journal.idempotencyKeyOf('order-1'),
        about: '9.00 EUR',
        attempts: 1,
        verifications: 3,
        undecided: 3,
        lastError: expect.stringContaining('ECONNRESET'),
        lastVerdict: expect.stringContaining('their search is down'),
      },
    ]);
    expect(await journal.stats()).toMatchObject({ parked: 1, unknown: 0 });
    expect((await journal.stats()).oldestParkedMs).toBeGreaterThanOrEqual(60_000);
  });

  test('F6.6: perform goes on as a person settles it: happened, did not happen, or to be verified again', async () => {
    const world = await open();
    const provider = new Provider();
    const journal = world.journal({ maxVerifications: 1 });
    const cannotTell = async () => ({ happened: 'unknown' }) as const;
    for (const key of ['happened', 'did not', 'again']) {
      provider.manner = 'loses-request';
      const effect = { call: provider.charge(100), verify: cannotTell };
      await expect(journal.perform(key, effect)).rejects.toMatchObject({ code: 'ERR_INBOX_EFFECT_PARKED' });
    }
    provider.manner = 'answers';
    const effect = { call: provider.charge(100), verify: provider.verify };
    await journal.settle(
      'happened',
      { happened: true, result: { id: 'by hand', cents: 100 } },
      { note: 'seen by Ada' },
    );
    await journal.settle('did not', { happened: false });
    await journal.settle('again', { happened: 'unknown' });
    expect(await journal.perform('happened', effect)).toEqual({ id: 'by hand', cents: 100 });
    expect(await journal.find('happened')).toMatchObject({ lastVerdict: 'settled by hand as happened: seen by Ada' });
    expect(await journal.perform('did not', effect)).toEqual({ id: 'ch_1', cents: 100 });
    await expect(journal.perform('again', effect)).rejects.toMatchObject({ code: 'ERR_INBOX_EFFECT_UNKNOWN' });
    await world.elapse(60_000);
    expect(await journal.perform('again', effect)).toEqual({ id: 'ch_2', cents: 100 });
    for (const key of ['happened', 'nobody']) {
      await expect(journal.settle(key, { happened: false })).rejects.toMatchObject({
        code: 'ERR_INBOX_EFFECT_NOT_OPEN',
      });
    }
  });
}
