import { quoted } from '@holdfast/core';

const MOST_LISTED = 10;

/** Ids for a message of a check: `"o-1", "o-2" and 40 more`. */
export function listedIds(ids: Iterable<string>): string {
  const all = [...ids];
  const shown = all.slice(0, MOST_LISTED).map((id) => quoted(id, 64));
  const more = all.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}

/** One text about these ids, or none when there are none. */
export function contradiction(ids: Iterable<string>, what: string): readonly string[] {
  const all = [...ids];
  return all.length === 0 ? [] : [`${all.length} ${what}: ${listedIds(all)}`];
}
