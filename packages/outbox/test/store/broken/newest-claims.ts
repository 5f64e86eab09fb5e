import type { LaneClaim } from '../../../src/store/lane-store.ts';
import type { MemoryOutboxStore } from '../../../src/testing/index.ts';
import { withLanes } from './broken-reads.ts';

/** Remembers the newest claim of every lane. */
export function newestClaims(store: MemoryOutboxStore) {
  const claims = new Map<number, LaneClaim>();
  return {
    lanes: withLanes(store.lanes, {
      async claim(lane, token) {
        const claim = await store.lanes.claim(lane, token);
        if (claim !== null) claims.set(lane, claim);
        return claim;
      },
    }),
    token: (lane: number) => claims.get(lane)?.fencingToken ?? 0n,
    asNewest: (claim: LaneClaim) => claims.get(claim.lane) ?? claim,
  };
}
