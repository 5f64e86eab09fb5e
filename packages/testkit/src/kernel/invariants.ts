import type { Simulation } from './simulation.ts';

/** Rules that are looked at after each event. */
export class Invariants {
  readonly #simulation: Simulation;
  readonly #checks = new Map<string, () => string | null>();

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
  }

  add(name: string, check: () => string | null): void {
    this.#checks.set(name, check);
  }

  /** Makes what is broken a problem of the run, once. */
  look(): void {
    for (const [name, check] of this.#checks) {
      const message = check();
      if (message === null) continue;
      this.#checks.delete(name);
      this.#simulation.problem(name, message);
    }
  }
}
