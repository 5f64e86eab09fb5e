import { createHash } from 'node:crypto';

/** What becomes of a request to charge, or to give back; what was done is `charged` in the one and given back in the other. */
export type ChargeMood = 'well' | 'throttled' | 'error-in-200' | 'charged-500' | 'answer-lost' | 'silence';

/** What becomes of a question whether there is a charge. */
export type LookupMood = 'well' | 'lookup-500' | 'lookup-lost';

export interface Mood<Kind> {
  readonly kind: Kind;
  /** How long it takes before it does anything. */
  readonly latencyMs: number;
}

/** Of a thousand requests, how many end so. */
const CHARGES: readonly (readonly [ChargeMood, number])[] = [
  ['throttled', 20],
  ['error-in-200', 25],
  ['charged-500', 25],
  ['answer-lost', 50],
  ['silence', 5],
];
const LOOKUPS: readonly (readonly [LookupMood, number])[] = [
  ['lookup-500', 60],
  ['lookup-lost', 60],
];

const USUAL_LATENCY_MS = { min: 3, max: 25 };
const SPIKES_PER_MILLE = 20;
const SPIKE_MS = 250;

/** How the provider treats its callers: by chance, and the same for the same seed, key and number of the request. */
export class ProviderMoods {
  readonly #seed: number;
  readonly #requests = new Map<string, number>();

  constructor(seed: number) {
    this.#seed = seed;
  }

  ofCharge(idempotencyKey: string): Mood<ChargeMood> {
    return this.#next(`charge ${idempotencyKey}`, CHARGES);
  }

  ofRefund(idempotencyKey: string): Mood<ChargeMood> {
    return this.#next(`refund ${idempotencyKey}`, CHARGES);
  }

  ofLookup(idempotencyKey: string): Mood<LookupMood> {
    return this.#next(`lookup ${idempotencyKey}`, LOOKUPS);
  }

  #next<Kind>(what: string, shares: readonly (readonly [Kind, number])[]): Mood<Kind | 'well'> {
    const number = (this.#requests.get(what) ?? 0) + 1;
    this.#requests.set(what, number);
    const chance = createHash('sha256').update(`${this.#seed} ${number} ${what}`).digest();
    return {
      kind: drawn(chance.readUInt32BE(0) % 1_000, shares),
      latencyMs: latencyOf(chance.readUInt32BE(4) % 1_000, chance.readUInt32BE(8)),
    };
  }
}

function drawn<Kind>(number: number, shares: readonly (readonly [Kind, number])[]): Kind | 'well' {
  let end = 0;
  for (const [kind, share] of shares) {
    end += share;
    if (number < end) return kind;
  }
  return 'well';
}

function latencyOf(number: number, chance: number): number {
  if (number < SPIKES_PER_MILLE) return SPIKE_MS;
  const { min, max } = USUAL_LATENCY_MS;
  return min + (chance % (max - min + 1));
}
