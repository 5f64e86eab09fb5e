import { recordKey } from './record-key.ts';
import type { RecordEntry, Recorded } from './record-store.ts';

/** The entries without those that come again, in the order in which every transaction takes their locks. */
export function inLockOrder(entries: readonly RecordEntry[]): readonly RecordEntry[] {
  const byKey = new Map<string, RecordEntry>();
  for (const entry of entries) {
    const key = recordKey(entry);
    if (!byKey.has(key)) byKey.set(key, entry);
  }
  return [...byKey].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, entry]) => entry);
}

/** What each entry is, in their order. `present` has the digests of the records that were there before, by {@link recordKey}. */
export function recordedAs(
  entries: readonly RecordEntry[],
  present: ReadonlyMap<string, Uint8Array>,
): readonly Recorded[] {
  const digests = new Map(present);
  return entries.map((entry) => {
    const key = recordKey(entry);
    const digest = digests.get(key);
    if (digest === undefined) {
      digests.set(key, entry.digest);
      return 'new';
    }
    return Buffer.compare(entry.digest, digest) === 0 ? 'duplicate' : 'conflict';
  });
}
