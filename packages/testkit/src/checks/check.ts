import type { World } from '../kernel/world.ts';

/** A rule on how a run must end. It looks at what is durable, when everything has come to rest and every process is stopped. */
export interface Check<Facts> {
  /** The rule in the present tense, e.g. `nothing is lost`. */
  readonly name: string;
  /** What contradicts the rule, one text for each; none when it holds. No payloads. */
  check(facts: Facts, world: World): readonly string[];
}
