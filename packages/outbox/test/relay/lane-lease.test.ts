import { ManualClock } from '@holdfast/core/testing';
import { MemoryOutboxStore } from '@holdfast/outbox/testing';
import { expect, test } from 'vitest';
import { LaneLease } from '../../src/relay/lane-lease.ts';

function leaseOn(store: MemoryOutboxStore, clock: ManualClock, holder: string): LaneLease {
  const { leases, lanes } = store;
  return new LaneLease({ lane: 0, leaseName: 'lane', holder, leaseMs: 10_000, leases, lanes, clock });
}

test('F4.7: a lane that has seen newer tokens than the lease table gives is claimed again after some attempts', async () => {
  const clock = new ManualClock();
  const store = new MemoryOutboxStore({ clock });
  await store.lanes.claim(0, 4n);
  const lease = leaseOn(store, clock, 'me');
  const claims = [];
  for (let attempt = 0; attempt < 4; attempt += 1) claims.push((await lease.take())?.fencingToken ?? null);
  expect(claims).toEqual([null, null, null, 4n]);
});

test('F4.7: a lease that could not claim its lane is free for another holder at once', async () => {
  const clock = new ManualClock();
  const store = new MemoryOutboxStore({ clock });
  await store.lanes.claim(0, 2n);
  expect(await leaseOn(store, clock, 'first').take()).toBeNull();
  expect((await leaseOn(store, clock, 'second').take())?.fencingToken).toBe(2n);
});
