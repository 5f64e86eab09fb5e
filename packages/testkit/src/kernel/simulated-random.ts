import type { Random } from '@holdfast/core';
import { chanceOf, hashText, mix } from './mix.ts';
import { currentProcess } from './process-context.ts';

/** Chance that depends on the seed, the process and how often that has asked, so that what one process does changes no other's. */
export class SimulatedRandom implements Random {
  readonly #seed: number;
  readonly #counts = new Map<string, number>();

  constructor(seed: number) {
    this.#seed = mix(seed, 0x52_61_6e_64);
  }

  next(): number {
    const place = currentProcess()?.incarnation.process ?? '';
    const count = (this.#counts.get(place) ?? 0) + 1;
    this.#counts.set(place, count);
    return chanceOf(mix(this.#seed, hashText(place)), count);
  }
}
