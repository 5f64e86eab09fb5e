import type { Fault, FaultKind } from '../faults/fault.ts';
import { type FaultSite, type FaultSource, siteAddress } from '../faults/fault-source.ts';
import { handlerName, queueName } from './delivery-loop.ts';

/** Makes nothing go wrong and keeps the places where something could: those of the handler and its queue. */
export class SiteRecorder implements FaultSource {
  readonly #sites: { readonly address: string; readonly kinds: readonly FaultKind[] }[] = [];

  at(site: FaultSite): null {
    const { place, label, kinds } = site;
    const isDelivery = place === queueName && label === 'deliver';
    if (isDelivery || (place.startsWith(`${handlerName}-`) && label !== `${queueName}.deliver`)) {
      this.#sites.push({ address: siteAddress(site), kinds });
    }
    return null;
  }

  /** How many places there are at which a process can die. */
  get points(): number {
    return this.#sites.filter(({ kinds }) => kinds.includes('crash-before')).length;
  }

  /** Each fault of these kinds that could happen, by itself. */
  faults(kinds: readonly FaultKind[], pauseMs: number): readonly Fault[] {
    // What goes wrong in the handler comes first: it tells more than a message that comes twice.
    const sites = [...this.#sites].sort((a, b) => Number(isOfQueue(a.address)) - Number(isOfQueue(b.address)));
    return sites.flatMap((site) =>
      kinds
        .filter((kind) => site.kinds.includes(kind))
        .map((kind) => (kind === 'pause' ? { at: site.address, kind, ms: pauseMs } : { at: site.address, kind })),
    );
  }
}

/** One fault and no other. */
export class SingleFault implements FaultSource {
  readonly #fault: Fault;

  constructor(fault: Fault) {
    this.#fault = fault;
  }

  at(site: FaultSite): Fault | null {
    return site.kinds.includes(this.#fault.kind) && siteAddress(site) === this.#fault.at ? this.#fault : null;
  }
}

function isOfQueue(address: string): boolean {
  return address.startsWith(`${queueName}/`);
}
