import type { Fault } from './fault.ts';
import type { FaultSite, FaultSource } from './fault-source.ts';

/** Other faults, and every site that comes when the first of them has happened: what the code does only because something went wrong is there. */
export class LaterSites implements FaultSource {
  readonly sites: FaultSite[] = [];
  readonly #faults: FaultSource;
  #hasHappened = false;

  constructor(faults: FaultSource) {
    this.#faults = faults;
  }

  at(site: FaultSite): Fault | null {
    if (this.#hasHappened) this.sites.push(site);
    const fault = this.#faults.at(site);
    this.#hasHappened ||= fault !== null;
    return fault;
  }
}
