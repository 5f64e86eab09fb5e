import type { FaultSite, FaultSource } from './fault-source.ts';

/** Keeps every site of a run in which nothing goes wrong. */
export class SiteRecorder implements FaultSource {
  readonly sites: FaultSite[] = [];

  at(site: FaultSite): null {
    this.sites.push(site);
    return null;
  }
}
