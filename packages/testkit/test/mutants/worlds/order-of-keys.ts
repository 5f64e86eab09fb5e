export interface Keyed {
  readonly id: string;
  readonly key: string | null;
}

/** Without repetitions. */
export function firstDeliveries<One extends Keyed>(delivered: readonly One[]): readonly One[] {
  const seen = new Set<string>();
  return delivered.filter(({ id }) => {
    if (seen.has(id)) return false;
    seen.add(id);
    return true;
  });
}

/** What contradicts that the ones of each key came in this order. What never came is not of its concern. */
export function inOrderPerKey(wanted: readonly Keyed[], came: readonly Keyed[]): readonly string[] {
  const arrived = new Set(came.map(({ id }) => id));
  const known = new Set(wanted.map(({ id }) => id));
  return [...new Set(wanted.map(({ key }) => key))].flatMap((key) => {
    const before = wanted.filter((one) => one.key === key && arrived.has(one.id));
    const after = came.filter((one) => one.key === key && known.has(one.id));
    const index = before.findIndex(({ id }, place) => after[place]?.id !== id);
    if (index < 0) return [];
    return [`Of key "${key}" "${after[index]?.id}" came before "${before[index]?.id}".`];
  });
}
