/**
 * The smallest part of a list that still fails, as far as leaving out can find it: without any one of its items it does not
 * fail (A. Zeller and R. Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", IEEE TSE 2002). The whole list must fail.
 */
export async function ddmin<Item>(
  items: readonly Item[],
  fails: (part: readonly Item[]) => Promise<boolean>,
): Promise<readonly Item[]> {
  if (items.length === 0 || (await fails([]))) return [];
  let current = items;
  let parts = 2;
  while (current.length > 1) {
    const smaller = await smallerPart(current, parts, fails);
    if (smaller !== null) {
      current = smaller.part;
      parts = smaller.isComplement ? Math.max(2, parts - 1) : 2;
    } else if (parts >= current.length) break;
    else parts = Math.min(current.length, parts * 2);
  }
  return current;
}

async function smallerPart<Item>(
  items: readonly Item[],
  parts: number,
  fails: (part: readonly Item[]) => Promise<boolean>,
): Promise<{ part: readonly Item[]; isComplement: boolean } | null> {
  const edges = Array.from({ length: parts + 1 }, (_, index) => Math.floor((index * items.length) / parts));
  const chunks = edges.slice(1).map((end, index) => ({ from: edges[index] ?? 0, end }));
  for (const { from, end } of chunks) {
    const part = items.slice(from, end);
    if (part.length < items.length && (await fails(part))) return { part, isComplement: false };
  }
  // Of two parts each is the other's complement.
  if (parts === 2) return null;
  for (const { from, end } of chunks) {
    const part = [...items.slice(0, from), ...items.slice(end)];
    if (await fails(part)) return { part, isComplement: true };
  }
  return null;
}
