import type { Breakage } from '../memory-fixture.ts';

/** A store that breaks a promise, and the rule of the suite that notices. */
export interface BrokenStore extends Breakage {
  readonly name: string;
  readonly caughtBy: string;
}
