import type { KnownCatch } from './hunt.ts';

/** What caught each mutant, by its id. */
export type SavedCatches = Readonly<Record<string, KnownCatch>>;
