/** Adds up amounts by name. @throws RangeError for an amount that is no whole number */
export function sumsByName<Entry>(
  entries: Iterable<Entry>,
  { name, amount }: { readonly name: (entry: Entry) => string; readonly amount: (entry: Entry) => number | bigint },
): ReadonlyMap<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const entry of entries) sums.set(name(entry), (sums.get(name(entry)) ?? 0n) + BigInt(amount(entry)));
  return sums;
}

/** Names that any of the sums has, each once. */
export function namesOf(...sums: readonly ReadonlyMap<string, bigint>[]): readonly string[] {
  return [...new Set(sums.flatMap((sum) => [...sum.keys()]))];
}
