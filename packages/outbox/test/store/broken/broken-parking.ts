import type { ParkingStore } from '../../../src/store/parking-store.ts';
import { withLanes } from './broken-reads.ts';
import type { BrokenStore } from './broken-store.ts';

export const brokenParking: readonly BrokenStore[] = [
  {
    name: 'the cursor is recorded first, and what was parked afterwards',
    caughtBy: 'F4.9: settle records the cursor and what was parked both or neither',
    parts: ({ lanes }) => ({
      lanes: withLanes(lanes, {
        async settle(claim, { cursor, parked }) {
          await lanes.settle(claim, { cursor, parked: [] });
          return lanes.settle(claim, { cursor, parked });
        },
      }),
    }),
  },
  {
    name: 'what is parked again takes the place of what was parked before',
    caughtBy: 'F4.9: what is parked twice is parked once, as it was the first time',
    parts: ({ lanes, parking }) => ({
      lanes: withLanes(lanes, {
        async settle(claim, progress) {
          await parking.resolve(claim, { done: progress.parked.map(({ entry }) => entry), refused: null });
          return lanes.settle(claim, progress);
        },
      }),
    }),
  },
  {
    name: 'a claim does not know which keys are held back',
    caughtBy: 'F4.9: a claim names the keys that a rejected message holds back',
    parts: ({ lanes }) => ({
      lanes: withLanes(lanes, {
        async claim(lane, token) {
          const claim = await lanes.claim(lane, token);
          return claim && { ...claim, parkedKeys: [] };
        },
      }),
    }),
  },
  {
    name: 'a key is released when one of its messages is resolved',
    caughtBy: 'F4.9: a key is released with its last message, not before',
    parts: ({ parking }) => ({
      parking: withParking(parking, {
        async resolve(claim, resolution) {
          const released = await parking.resolve(claim, resolution);
          const keys = resolution.done.map(({ envelope }) => envelope.key).filter((key) => key !== null);
          return released && [...new Set(keys)];
        },
      }),
    }),
  },
  {
    name: 'a message that waits behind another can be asked for alone',
    caughtBy: 'F4.9: a message that waits behind another of its key cannot be asked for alone',
    parts: ({ parking }) => ({
      parking: withParking(parking, {
        request: (selector, action) => parking.request(selector, action).catch(() => 0),
      }),
    }),
  },
  {
    name: 'a refusal withdraws no other request of its key',
    caughtBy: 'F4.9: a message that is refused again withdraws the requests of its key, and of no other',
    parts: ({ parking }) => ({
      parking: withParking(parking, {
        resolve: (claim, { done }) => parking.resolve(claim, { done, refused: null }),
      }),
    }),
  },
];

export function withParking(parking: ParkingStore, parts: Partial<ParkingStore>): ParkingStore {
  return {
    list: (query) => parking.list(query),
    request: (...request) => parking.request(...request),
    requests: (...request) => parking.requests(...request),
    resolve: (...request) => parking.resolve(...request),
    ...parts,
  };
}
