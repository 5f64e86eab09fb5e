import type { LaneStore } from '../../../src/store/lane-store.ts';
import { cursorAt } from '../../../src/store/log-page.ts';
import type { MemoryOutboxStore, MemoryTransaction } from '../../../src/testing/index.ts';
import type { BrokenStore } from './broken-store.ts';

export const brokenReads: readonly BrokenStore[] = [
  {
    name: 'the cursor is a number',
    caughtBy: 'F4.8: an early position that becomes visible late is not skipped',
    parts: ({ lanes }) => ({ lanes: readsByNumber(lanes) }),
  },
  {
    name: 'a read waits at a gap until its transaction has ended',
    caughtBy: 'F4.10: an open transaction delays no entry but its own, before its entries and after',
    parts: waitsAtGaps,
  },
  {
    name: 'the last page ends when it is full',
    caughtBy: 'successive reads return everything once, whatever the limit',
    parts: ({ lanes }) => ({
      lanes: withLanes(lanes, {
        read: async (...request) => ({ ...(await lanes.read(...request)), more: false }),
      }),
    }),
  },
  {
    name: 'a page is only recorded as a whole',
    caughtBy: 'a cursor in the middle of a page resumes with the next entry',
    parts: ({ lanes }) => ({
      lanes: withLanes(lanes, {
        settle: (claim, progress) =>
          lanes.settle(claim, progress.cursor.target === null ? progress : { ...progress, cursor: claim.cursor }),
      }),
    }),
  },
  {
    name: 'the floor is the highest position that was recorded',
    caughtBy: 'F4.10: the floor never rises above a position that may still become visible',
    parts: ({ lanes }) => ({
      lanes: withLanes(lanes, {
        settle: async (claim, progress) => {
          const settled = await lanes.settle(claim, progress);
          return settled && { floor: progress.cursor.position };
        },
      }),
    }),
  },
  {
    name: 'a void cursor is kept after a restore, at the end of the log',
    caughtBy: 'F4.11: with a cursor of another history everything that may wait is returned, nothing is skipped',
    parts: ({ lanes }) => {
      let history = '';
      return {
        lanes: withLanes(lanes, {
          claim: async (lane, token) => {
            const claim = await lanes.claim(lane, token);
            const isNew = history !== '' && claim?.history !== history;
            history = claim?.history ?? '';
            if (claim === null || !isNew) return claim;
            return { ...claim, cursor: (await lanes.read(claim, claim.cursor, 1_000)).end };
          },
        }),
      };
    },
  },
];

export function withLanes(lanes: LaneStore, parts: Partial<LaneStore>): LaneStore {
  return {
    lanes: () => lanes.lanes(),
    claim: (...request) => lanes.claim(...request),
    read: (...request) => lanes.read(...request),
    settle: (...request) => lanes.settle(...request),
    ...parts,
  };
}

/** `where position > cursor`, as most outboxes read. */
function readsByNumber(lanes: LaneStore): LaneStore {
  return withLanes(lanes, {
    async read(claim, cursor, limit) {
      const all = { consumed: '0', target: null, position: 0, floor: cursor.position };
      const { entries: found } = await lanes.read(claim, all, 1_000_000);
      const entries = found.slice(0, limit);
      const position = entries.at(-1)?.position ?? cursor.position;
      const numeric = { ...all, floor: 0, position };
      return {
        entries,
        within: { ...numeric, position: cursor.position },
        end: numeric,
        more: entries.length >= limit,
      };
    },
  });
}

function waitsAtGaps({ writer, lanes }: MemoryOutboxStore): ReturnType<NonNullable<BrokenStore['parts']>> {
  const open = new Set<MemoryTransaction>();
  return {
    writer: {
      async append(transaction, records) {
        open.add(transaction);
        await writer.append(transaction, records);
      },
    },
    lanes: withLanes(lanes, {
      async read(claim, cursor, limit) {
        const page = await lanes.read(claim, cursor, limit);
        const gaps = [...open].filter(({ isOpen }) => isOpen).map(({ entries }) => entries[0]?.position ?? Infinity);
        const entries = page.entries.filter(({ position }) => position < Math.min(...gaps));
        if (entries.length === page.entries.length) return page;
        const last = entries.at(-1);
        return { ...page, entries, end: last === undefined ? cursor : cursorAt(page, last.position), more: false };
      },
    }),
  };
}
