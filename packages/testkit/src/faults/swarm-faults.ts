import { chanceOf, hashText, mix } from '../kernel/mix.ts';
import type { Fault, FaultKind } from './fault.ts';
import { drawDurationMs } from './fault-duration.ts';
import { type FaultSite, type FaultSource, siteAddress } from './fault-source.ts';

export interface SwarmFaultsOptions {
  readonly seed: number;
  /** Which share of the sites that allow a kind have a fault of it. */
  readonly levels: ReadonlyMap<FaultKind, number>;
  /** Most faults of the run. */
  readonly most: number;
}

/**
 * Decides at each site by the seed and the site's address alone: what happened before, or how often it was asked, changes nothing. So a fault that is
 * left out of a run moves no other one.
 */
export class SwarmFaults implements FaultSource {
  readonly #seed: number;
  readonly #levels: ReadonlyMap<FaultKind, number>;
  #left: number;

  constructor({ seed, levels, most }: SwarmFaultsOptions) {
    this.#seed = mix(seed, 0x5377_6172);
    this.#levels = levels;
    this.#left = most;
  }

  at(site: FaultSite): Fault | null {
    if (this.#left === 0) return null;
    const address = mix(mix(mix(this.#seed, hashText(site.place)), hashText(site.label)), site.occurrence);
    const kind = this.#kindAt(site.kinds, chanceOf(address, 1));
    if (kind === null) return null;
    this.#left -= 1;
    const ms = drawDurationMs(kind, chanceOf(address, 2));
    return { at: siteAddress(site), kind, ...(ms === undefined ? {} : { ms }) };
  }

  #kindAt(kinds: readonly FaultKind[], chance: number): FaultKind | null {
    let upTo = 0;
    for (const kind of kinds) {
      upTo += this.#levels.get(kind) ?? 0;
      if (chance < upTo) return kind;
    }
    return null;
  }
}
