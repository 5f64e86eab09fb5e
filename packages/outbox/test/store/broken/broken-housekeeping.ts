import type { HousekeepingStore } from '../../../src/store/housekeeping-store.ts';
import type { MemoryOutboxStore } from '../../../src/testing/index.ts';
import { withLanes } from './broken-reads.ts';
import type { BrokenStore } from './broken-store.ts';
import { newestClaims } from './newest-claims.ts';

export const brokenHousekeeping: readonly BrokenStore[] = [
  {
    name: 'delayed messages enter too early',
    caughtBy: 'a delayed message enters the log when it is due, and not before',
    parts: ({ writer }) => ({
      writer: {
        append: (transaction, records) =>
          writer.append(
            transaction,
            records.map((record) => ({ ...record, delayMs: Math.floor(record.delayMs / 2) })),
          ),
      },
    }),
  },
  {
    name: 'delayed messages enter in whatever order',
    caughtBy: 'delayed messages enter in the order in which they are due, and keep the order of their append',
    parts: ({ writer }) => ({
      writer: {
        append: (transaction, records) =>
          writer.append(
            transaction,
            records.map((record) => ({ ...record, delayMs: Math.min(record.delayMs, 3_600_000) })),
          ),
      },
    }),
  },
  {
    name: 'rotation does not look at the cursor',
    caughtBy: 'rotation frees nothing that waits to be relayed, however old',
    parts: (store) => rotatesBlindly(store, 0),
  },
  {
    name: 'rotation looks at the cursor of no lane',
    caughtBy: 'rotation frees nothing that waits in one lane because another lane is ahead',
    parts: (store) => rotatesBlindly(store, 1),
  },
  {
    name: 'rotation frees what is still retained',
    caughtBy: 'rotation frees nothing that is younger than the retention',
    retentionMs: 1,
  },
  {
    name: 'rotation never frees anything',
    caughtBy: 'rotation frees what has been relayed and is old enough',
    retentionMs: 1_000_000_000,
  },
  {
    name: 'stats do not know how old the oldest is',
    caughtBy: 'stats count what waits in each lane, and tell the age of the oldest',
    parts: (store) => ({
      housekeeping: withHousekeeping(store, {
        async stats() {
          const { lanes, delayed } = await store.housekeeping.stats();
          return { delayed, lanes: lanes.map((lane) => ({ ...lane, oldestAgeMs: 0 })) };
        },
      }),
    }),
  },
  {
    name: 'a replay has new ids',
    caughtBy: 'a replay appends what it finds, with the same ids and in the old order',
    parts: ({ lanes }) => {
      const seen = new Map<string, number>();
      return {
        lanes: withLanes(lanes, {
          async read(...request) {
            const page = await lanes.read(...request);
            const entries = page.entries.map((entry) => {
              const { id } = entry.envelope;
              if (!seen.has(id)) seen.set(id, entry.position);
              const isFirst = seen.get(id) === entry.position;
              return isFirst ? entry : { ...entry, envelope: { ...entry.envelope, id: `${id}-again` } };
            });
            return { ...page, entries };
          },
        }),
      };
    },
  },
  {
    name: 'a replay copies what it has copied',
    caughtBy: 'a replay does not replay itself',
    parts: ({ replay }) => ({
      replay: {
        preview: (filter) => replay.preview(filter),
        copy: (filter, range) => replay.copy({ ...filter, to: Number.POSITIVE_INFINITY }, range),
      },
    }),
  },
  {
    name: 'a preview counts more than is copied',
    caughtBy: 'a preview counts what a replay copies',
    parts: ({ replay }) => ({
      replay: {
        preview: ({ from, to }) => replay.preview({ from, to }),
        copy: (filter, range) => replay.copy(filter, range),
      },
    }),
  },
];

function withHousekeeping({ housekeeping }: MemoryOutboxStore, parts: Partial<HousekeepingStore>): HousekeepingStore {
  return {
    promoteDelayed: (limit) => housekeeping.promoteDelayed(limit),
    rotate: () => housekeeping.rotate(),
    stats: () => housekeeping.stats(),
    ...parts,
  };
}

/** Pretends that the lanes up to `last` have been relayed to their ends, for as long as the rotation takes. */
function rotatesBlindly(store: MemoryOutboxStore, last: number): ReturnType<NonNullable<BrokenStore['parts']>> {
  const { lanes, token } = newestClaims(store);
  const rotate = async () => {
    const restore: (() => Promise<unknown>)[] = [];
    for (const { lane } of (await lanes.lanes()).filter((one) => one.lane <= last)) {
      const claim = await lanes.claim(lane, token(lane));
      if (claim === null) continue;
      const { end } = await lanes.read(claim, claim.cursor, 1_000_000);
      await lanes.settle(claim, { cursor: end, parked: [] });
      restore.push(() => lanes.settle(claim, { cursor: claim.cursor, parked: [] }));
    }
    const result = await store.housekeeping.rotate();
    for (const put of restore) await put();
    return result;
  };
  return { lanes, housekeeping: withHousekeeping(store, { rotate }) };
}
