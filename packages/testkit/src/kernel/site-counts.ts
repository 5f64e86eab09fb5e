import { InvalidOptionError } from '@holdfast/core';
import { hashText, mix } from './mix.ts';

/** One label at one place, with how often it came. */
export interface CountedSite {
  readonly label: string;
  /** Of seed, place and label. */
  readonly hash: number;
  count: number;
}

/** Longest name of a place, and longest label, in UTF-16 units: what plans can name. */
export const MOST_PLACE = 64;
export const MOST_LABEL = 1_024;

/** Counts sites by place and label, over all lives of a process. */
export class SiteCounts {
  readonly #seed: number;
  readonly #places = new Map<string, Map<string, CountedSite>>();

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Counts one more. @throws InvalidOptionError for what no plan could name */
  count(place: string, label: string): CountedSite {
    const labels = this.#labelsAt(place);
    let site = labels.get(label);
    if (site === undefined) {
      expectNameable(place, label);
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

function expectNameable(place: string, label: string): void {
  if (label.length < 1 || label.length > MOST_LABEL) {
    throw new InvalidOptionError('label', label.slice(0, 64), `a text of 1 to ${MOST_LABEL} characters`);
  }
  if (place.length < 1 || place.length > MOST_PLACE || place.includes('/')) {
    throw new InvalidOptionError('place', place.slice(0, 64), `a text of 1 to ${MOST_PLACE} characters without "/"`);
  }
}
