import type { World } from '../kernel/world.ts';

/** What a world keeps at the end of a run: part, then kind of thing, then how many. */
export type Outcome = Readonly<Record<string, Readonly<Record<string, number>>>>;

export function outcomeOf(world: World): Outcome {
  return Object.fromEntries(world.parts.map((part) => [part.name, { ...part.counts() }]));
}

/** In which counts an outcome differs from the one without faults, one text for each. */
export function outcomeDifferences(expected: Outcome, found: Outcome): readonly string[] {
  const parts = new Set([...Object.keys(expected), ...Object.keys(found)]);
  return [...parts].flatMap((part) => {
    const before = expected[part] ?? {};
    const after = found[part] ?? {};
    const kinds = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...kinds].flatMap((kind) => {
      const difference = describeDifference(before[kind] ?? 0, after[kind] ?? 0);
      return difference === null ? [] : [`${part}: ${kind} ${difference}`];
    });
  });
}

function describeDifference(expected: number, found: number): string | null {
  if (found === expected) return null;
  const figures = `${found} instead of ${expected}`;
  if (expected > 0 && found === 0) return `${figures}: the effect was lost.`;
  if (expected > 0 && found > 0 && found % expected === 0) {
    return `${figures}: the effect was applied ${found / expected} times.`;
  }
  return `${figures}.`;
}
