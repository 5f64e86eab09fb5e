import type { Fault, FaultKind } from './fault.ts';

/** A place where something may go wrong. The kernel asks at each, in the order in which they come. */
export interface FaultSite {
  /** A process, or what the place belongs to: `tick`, the name of a broker. */
  readonly place: string;
  readonly label: string;
  /** Counts the sites of this place and label, from 1. */
  readonly occurrence: number;
  /** What can happen here. */
  readonly kinds: readonly FaultKind[];
}

/** Decides what goes wrong. Must depend on nothing but its own state and the sites that it was asked about. */
export interface FaultSource {
  at(site: FaultSite): Fault | null;
}

export function siteAddress({ place, label, occurrence }: Pick<FaultSite, 'place' | 'label' | 'occurrence'>): string {
  return `${place}/${label}#${occurrence}`;
}

/** Nothing goes wrong. */
export const noFaults: FaultSource = { at: () => null };
