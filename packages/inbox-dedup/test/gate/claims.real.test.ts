import { failureClassOf } from '@holdfast/core';
import { ManualClock } from '@holdfast/core/testing';
import { expect, test } from 'vitest';
import { onEachDatabase, onPostgres } from './each-database.ts';
import { numbered } from './gate-world.ts';

/** Most of the time that a parked message is kept from others. */
const MOST_OF_A_CLAIM_MS = 8_000;
const HOUR_MS = 3_600_000;

/** A work whose `prepare` takes as long as a test wants. */
function slowWork() {
  const begun = Promise.withResolvers<void>();
  const end = Promise.withResolvers<void>();
  const starts: string[] = [];
  const work = {
    async prepare({ id, attributes }: { readonly id: string; readonly attributes: Readonly<Record<string, string>> }) {
      if (attributes['sequence'] === '1') return;
      starts.push(id);
      begun.resolve();
      await end.promise;
    },
    apply: () => {},
  };
  return { work, starts, begun: begun.promise, end: end.resolve };
}

onEachDatabase((world) => {
  /** Moves time on by more than a claim, in steps in which one that is held must be renewed. */
  async function outlastClaim(clock: ManualClock): Promise<void> {
    for (let step = 0; step < 3; step += 1) {
      await world().database.elapse(MOST_OF_A_CLAIM_MS);
      const before = await retryAt();
      await clock.advance(MOST_OF_A_CLAIM_MS);
      await expect.poll(retryAt, { timeout: 5_000 }).not.toEqual(before);
    }
  }

  async function retryAt(): Promise<unknown> {
    return (await world().database.query('select retry_at from holdfast_inbox_parked where number = 2'))[0]?.[
      'retry_at'
    ];
  }

  function process(work: ReturnType<typeof slowWork>['work'], clock = new ManualClock()) {
    return world().process({ clock, gates: { order: { mode: 'in-order', work } } });
  }

  test('F5.9: a parked message whose preparation takes longer than a claim is started once, and not taken for one that ends its process', async () => {
    const { work, starts, begun, end } = slowWork();
    const clock = new ManualClock();
    await world().process().deliver(numbered(2));
    await world().dying(1).deliver(numbered(1));
    const released = process(work, clock).gate.releaseReady();
    await begun;
    for (let other = 0; other < 3; other += 1) {
      await outlastClaim(clock);
      expect(await process(work).gate.releaseReady()).toBe(0);
    }
    expect(starts).toEqual(['k/2']);
    end();
    expect(await released).toBe(1);
    expect(await world().parked()).toEqual([]);
    expect(clock.sleeping).toBe(0);
  });

  test('F5.9: one that its predecessor has released is started by nobody else while it is prepared', async () => {
    const { work, starts, begun, end } = slowWork();
    const clock = new ManualClock();
    const { deliver } = process(work, clock);
    await deliver(numbered(2), { work });
    const delivered = deliver(numbered(1), { work });
    await begun;
    expect(await process(work).gate.releaseReady()).toBe(0);
    await outlastClaim(clock);
    expect(await process(work).gate.releaseReady()).toBe(0);
    expect(starts).toEqual(['k/2']);
    end();
    expect(await delivered).toBe('applied');
    expect(await world().parked()).toEqual([]);
    expect(await world().database.query('select 1 from holdfast_inbox_attempt')).toEqual([]);
  });

  test('a preparation that never ends keeps others away for a time, and not for ever', async () => {
    const { work, starts, begun } = slowWork();
    const clock = new ManualClock();
    await world().process().deliver(numbered(2));
    await world().dying(1).deliver(numbered(1));
    void process(work, clock).gate.releaseReady();
    await begun;
    // Whatever renewal is under way ends, and after a time none begins.
    await expect
      .poll(async () => {
        await clock.advance(HOUR_MS);
        for (let look = 0; look < 3; look += 1) await retryAt();
        return clock.sleeping;
      })
      .toBe(0);
    const transactions = world().database.runner();
    const other = world().process({
      transactions,
      gates: { order: { mode: 'in-order', work: world().writing(transactions) } },
    });
    await expect
      .poll(async () => {
        await world().database.elapse(HOUR_MS);
        return other.gate.releaseReady();
      })
      .toBe(1);
    expect(starts).toEqual(['k/2']);
    expect(await world().numbers()).toEqual([1, 2]);
  });

  test.each(['\ud800', "k'; --", '💶'.repeat(64), ' '])(
    'a key of odd characters, %j, is applied in order or refused for good',
    async (key) => {
      const { deliver, gate } = world().process();
      const outcomes: unknown[] = [];
      for (const number of [2, 1]) {
        outcomes.push(await deliver(numbered(number, { key, id: `${number}` })).catch(failureClassOf));
      }
      expect([
        ['parked', 'applied'],
        ['permanent', 'permanent'],
      ]).toContainEqual(outcomes);
      expect(await gate.blocked()).toEqual([]);
    },
  );
});

onPostgres((world) => {
  test('F5.7: a key whose work takes long under its lock keeps nobody from releasing the other keys', async () => {
    for (const key of ['k', 'other']) {
      await world().process().deliver(numbered(2, { key }));
      await world().dying(1).deliver(numbered(1, { key }));
    }
    const transactions = world().database.runner();
    const other = world().process({
      transactions,
      gates: { order: { mode: 'in-order', work: world().writing(transactions) } },
    });
    const sequence = { consumer: 'payment', source: '/orders', stream: 'order', key: 'k' };
    const holder = world().database.runner();
    await holder.transaction(async (tx) => {
      await world().database.store.gate.lock(holder.executor(tx), sequence, null);
      expect(await other.gate.releaseReady()).toBe(1);
      expect(await world().numbers({ key: 'other' })).toEqual([1, 2]);
    });
    expect(await other.gate.releaseReady()).toBe(1);
    expect(await world().numbers()).toEqual([1, 2]);
  });
});
