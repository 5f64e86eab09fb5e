import { hashText, mix } from './mix.ts';

/** One label at one place, with how often it came. */
export interface CountedSite {
  readonly label: string;
  /** Of seed, place and label. */
  readonly hash: number;
  count: number;
}

/** Counts sites by place and label, over all lives of a process. */
export class SiteCounts {
  readonly #seed: number;
  readonly #places = new Map<string, Map<string, CountedSite>>();

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Counts one more. */
  count(place: string, label: string): CountedSite {
    const labels = this.#labelsAt(place);
    let site = labels.get(label);
    if (site === undefined) {
      site = { label, hash: mix(mix(this.#seed, hashText(place)), hashText(label)), count: 0 };
      labels.set(label, site);
    }
    site.count += 1;
    return site;
  }

  /** The address that came most often. */
  get busiest(): string | undefined {
    const all = [...this.#places].flatMap(([place, labels]) =>
      [...labels.values()].map(({ label, count }) => ({ name: `${place}/${label}`, count })),
    );
    return all.sort((a, b) => b.count - a.count)[0]?.name;
  }

  #labelsAt(place: string): Map<string, CountedSite> {
    let labels = this.#places.get(place);
    if (labels === undefined) {
      labels = new Map();
      this.#places.set(place, labels);
    }
    return labels;
  }
}
