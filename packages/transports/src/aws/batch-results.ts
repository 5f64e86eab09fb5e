import type { FailedEntry } from './aws-failure.ts';

/** An entry as the answer to a batch names it: by its index in the request. */
interface NamedEntry {
  readonly Id?: string | undefined;
}

/** An entry that the answer does not name may have been done. */
const UNNAMED: FailedEntry = Object.freeze({ Code: 'InternalError', Message: 'The answer does not name it.' });

/** What the answer to a batch says of each of its `count` entries, at its index: `null` for done. */
export function batchResults(
  count: number,
  failed: readonly (FailedEntry & NamedEntry)[] | undefined,
  successful: readonly NamedEntry[] | undefined,
): readonly (FailedEntry | null)[] {
  const results = new Array<FailedEntry | null>(count).fill(UNNAMED);
  for (const { Id } of successful ?? []) results[Number(Id)] = null;
  for (const entry of failed ?? []) results[Number(entry.Id)] = entry;
  return results;
}
