import { InvalidOptionError, integerOption, oneOfOption } from '@holdfast/core';
import { chanceOf, hashText, mix } from '../kernel/mix.ts';
import { type FaultKind, faultKinds } from './fault.ts';
import type { FaultProfile } from './fault-profile.ts';
import type { FaultSource } from './fault-source.ts';
import { SwarmFaults } from './swarm-faults.ts';

export interface SwarmOptions {
  /** What may go wrong at all. @default every kind */
  readonly kinds?: readonly FaultKind[];
  /** Most faults of one run. @default 100 */
  readonly most?: number;
}

export interface SwarmProfileOptions extends SwarmOptions {
  readonly name: string;
  /** Whether a run may be without a kind. */
  readonly withZero: boolean;
}

/** Shares of the sites: many runs have few faults, since many faults hide what one of them does. */
const LEVELS = [0.002, 0.008, 0.025, 0.07];
/** Of what costs a run little (an error is tried again at once), or comes at moments, which are fewer than I/Os. */
const HIGH_LEVELS = [0.005, 0.02, 0.06, 0.15];
const highKinds: ReadonlySet<FaultKind> = new Set([
  'error-before',
  'error-after',
  'duplicate',
  'reorder',
  'kill',
  'stop',
  'clock-jump',
  'down',
]);
/** So many runs are without a kind. */
const ZERO = 0.4;

/** Each run draws its own level of each kind (swarm testing: A. Groce and others, "Swarm Testing", ISSTA 2012). */
export class SwarmProfile implements FaultProfile {
  readonly name: string;
  readonly kinds: readonly FaultKind[];
  readonly #kinds: readonly FaultKind[];
  readonly #most: number;
  readonly #zero: number;

  constructor({ name, kinds, most, withZero }: SwarmProfileOptions) {
    this.name = name;
    this.kinds = kinds ?? [];
    this.#kinds = (kinds ?? faultKinds).map((kind) => oneOfOption('kinds', kind, { allowed: faultKinds }));
    if (this.#kinds.length === 0) throw new InvalidOptionError('kinds', '', 'at least one kind of fault');
    this.#most = integerOption('most', most, { min: 1, max: 10_000, default: 100 });
    this.#zero = withZero ? ZERO : 0;
  }

  source(seed: number): FaultSource {
    return new SwarmFaults({ seed, levels: this.levels(seed), most: this.#most });
  }

  /** The share of sites that have a fault of each kind in the run of this seed. Kinds that are missing do not happen. */
  levels(seed: number): ReadonlyMap<FaultKind, number> {
    const levels = new Map<FaultKind, number>();
    for (const kind of this.#kinds) {
      const own = mix(mix(seed, 0x4c65_7665), hashText(kind));
      if (chanceOf(own, 1) < this.#zero) continue;
      const scale = highKinds.has(kind) ? HIGH_LEVELS : LEVELS;
      levels.set(kind, scale[Math.floor(chanceOf(own, 2) * scale.length)] ?? 0);
    }
    return levels;
  }
}
