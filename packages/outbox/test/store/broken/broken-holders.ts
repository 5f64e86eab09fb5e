import { withParking } from './broken-parking.ts';
import { withLanes } from './broken-reads.ts';
import type { BrokenStore } from './broken-store.ts';
import { newestClaims } from './newest-claims.ts';

export const brokenHolders: readonly BrokenStore[] = [
  {
    name: 'any token claims a lane',
    caughtBy: 'F4.7: an older token does not claim a lane that a newer one has claimed; the same and newer ones do',
    parts: (store) => {
      const newest = newestClaims(store);
      return {
        lanes: withLanes(newest.lanes, {
          claim: (lane, token) => newest.lanes.claim(lane, newest.token(lane) + token),
        }),
      };
    },
  },
  {
    name: 'progress is recorded whoever reports it',
    caughtBy: 'F4.7: an older token records no progress',
    parts: (store) => {
      const { lanes, asNewest } = newestClaims(store);
      return { lanes: withLanes(lanes, { settle: (claim, progress) => lanes.settle(asNewest(claim), progress) }) };
    },
  },
  {
    name: 'what is parked is recorded before the token is looked at',
    caughtBy: 'F4.7: an older token parks nothing',
    parts: (store) => {
      const { lanes, asNewest } = newestClaims(store);
      return {
        lanes: withLanes(lanes, {
          async settle(claim, { cursor, parked }) {
            const newest = asNewest(claim);
            await lanes.settle(newest, { cursor: newest.cursor, parked });
            return lanes.settle(claim, { cursor, parked: [] });
          },
        }),
      };
    },
  },
  {
    name: 'requests are resolved whoever reports it',
    caughtBy: 'F4.7: an older token resolves no request',
    parts: (store) => {
      const { lanes, asNewest } = newestClaims(store);
      const { parking } = store;
      return {
        lanes,
        parking: withParking(parking, { resolve: (claim, resolution) => parking.resolve(asNewest(claim), resolution) }),
      };
    },
  },
];
