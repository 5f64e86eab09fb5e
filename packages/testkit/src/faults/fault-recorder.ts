import type { Fault } from './fault.ts';
import type { FaultSite, FaultSource } from './fault-source.ts';

/** Keeps what another source decided, also of a run that throws. */
export class FaultRecorder implements FaultSource {
  readonly taken: Fault[] = [];
  readonly #source: FaultSource;

  constructor(source: FaultSource) {
    this.#source = source;
  }

  at(site: FaultSite): Fault | null {
    const fault = this.#source.at(site);
    if (fault !== null) this.taken.push(fault);
    return fault;
  }
}
