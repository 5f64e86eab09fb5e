import { type Ids, UuidV7Ids } from '@holdfast/core';
import type { Incarnation } from './incarnation.ts';
import { currentProcess } from './process-context.ts';
import type { Simulation } from './simulation.ts';

/** Ids of the process whose code asks, each life from a generator of its own. */
export class SimulatedIds implements Ids {
  readonly #simulation: Simulation;
  readonly #outside: Ids;
  readonly #byIncarnation = new WeakMap<Incarnation, Ids>();

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
    this.#outside = new UuidV7Ids(simulation);
  }

  next(): string {
    const incarnation = currentProcess()?.incarnation;
    if (incarnation === undefined) return this.#outside.next();
    let ids = this.#byIncarnation.get(incarnation);
    if (ids === undefined) {
      ids = new UuidV7Ids(this.#simulation);
      this.#byIncarnation.set(incarnation, ids);
    }
    return ids.next();
  }
}
