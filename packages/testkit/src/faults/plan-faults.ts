import { InvalidOptionError } from '@holdfast/core';
import type { Fault } from './fault.ts';
import { type FaultSite, type FaultSource, siteAddress } from './fault-source.ts';

/** Exactly these faults. One whose site does not come, or does not allow its kind, does not happen. */
export class PlanFaults implements FaultSource {
  readonly #left = new Map<string, Fault>();
  /** How often a place and label can still have one, so that most sites cost no text. */
  readonly #open = new Map<string, Map<string, number>>();

  /** @throws InvalidOptionError when two faults have one address */
  constructor(faults: readonly Fault[]) {
    for (const fault of faults) {
      if (this.#left.has(fault.at)) throw new InvalidOptionError('faults', fault.at, 'one fault at each address');
      this.#left.set(fault.at, fault);
      const { place, label } = placeOf(fault.at);
      const labels = this.#open.get(place) ?? new Map<string, number>();
      this.#open.set(place, labels.set(label, (labels.get(label) ?? 0) + 1));
    }
  }

  /** Those that have not happened. */
  get left(): readonly Fault[] {
    return [...this.#left.values()];
  }

  at(site: FaultSite): Fault | null {
    if (!this.#open.get(site.place)?.has(site.label)) return null;
    const address = siteAddress(site);
    const fault = this.#left.get(address);
    if (fault === undefined || !site.kinds.includes(fault.kind)) return null;
    this.#left.delete(address);
    return fault;
  }
}

function placeOf(address: string): { place: string; label: string } {
  const slash = address.indexOf('/');
  return { place: address.slice(0, slash), label: address.slice(slash + 1, address.lastIndexOf('#')) };
}
