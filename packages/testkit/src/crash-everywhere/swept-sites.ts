import type { Fault, FaultKind } from '../faults/fault.ts';
import { type FaultSite, siteAddress } from '../faults/fault-source.ts';
import { handlerName, queueName } from './delivery-loop.ts';

/** Places of a run at which something could go wrong: those of the handler, of its acknowledgements, and each delivery. */
export class SweptSites {
  readonly #sites: readonly FaultSite[];

  constructor(sites: readonly FaultSite[]) {
    const ofHandler = sites.filter(({ place }) => place.startsWith(`${handlerName}-`));
    const deliveries = sites.filter(({ place, label }) => place === queueName && label === 'deliver');
    // What goes wrong in the handler comes first: it tells more than a message that comes twice.
    this.#sites = [...ofHandler, ...deliveries];
  }

  /** How many places there are at which a process can die. */
  get points(): number {
    return this.#sites.filter(({ kinds }) => kinds.includes('crash-before')).length;
  }

  /** Labels of statements that change rows of this part. */
  updatesOf(part: string): readonly string[] {
    const labels = this.#sites.map(({ label }) => label).filter((label) => label.startsWith(`${part}.update.`));
    return [...new Set(labels)].filter((label) => !label.includes('.holdfast_'));
  }

  /** Each fault of these kinds that could happen, by itself. */
  faults(kinds: readonly FaultKind[], pauseMs: number): readonly Fault[] {
    return this.#sites.flatMap((site) =>
      kinds
        .filter((kind) => site.kinds.includes(kind))
        .map((kind) => ({ at: siteAddress(site), kind, ...(kind === 'pause' && { ms: pauseMs }) })),
    );
  }
}
