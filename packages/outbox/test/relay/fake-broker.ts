import type { Clock, Envelope, Publisher, PublishOptions, Receipt } from '@holdfast/core';

export interface FakeBrokerOptions {
  readonly clock: Clock;
  /** How long a receipt takes. @default 5 */
  readonly latencyMs?: number;
}

/**
 * A destination in virtual time that keeps a publisher's promises and fails in every way that they allow: down, throttling,
 * refusing one message, losing its answers with or without having taken the messages.
 */
export class FakeBroker implements Publisher {
  /** All that was taken, in order, duplicates too. */
  readonly arrivals: Envelope[] = [];
  /** When each call was made, on the clock's monotonic time. */
  readonly calls: { readonly at: number; readonly ids: readonly string[] }[] = [];
  /** Refused, with this reason. */
  readonly poison = new Map<string, string>();
  isDown = false;
  throttledForMs = 0;
  /** Called before a message is taken. */
  onArrival: (envelope: Envelope) => void = () => {};
  readonly #clock: Clock;
  readonly #latencyMs: number;
  readonly #open = new Set<Receipt[]>();
  /** Calls with something that was not taken: until they are answered nothing is, or a key could overtake itself. */
  readonly #failing = new Set<Receipt[]>();
  /** Messages that are still to be taken before the connection breaks; `null` while it stands. */
  #breaksAfter: number | null = null;

  constructor({ clock, latencyMs = 5 }: FakeBrokerOptions) {
    this.#clock = clock;
    this.#latencyMs = latencyMs;
  }

  /** The ids that have arrived, of one key or of all, duplicates too. */
  ids(key?: string | null): readonly string[] {
    return this.arrivals.filter((one) => key === undefined || one.key === key).map((one) => one.id);
  }

  /** The ids in the order in which each arrived for the first time. */
  firstIds(key?: string | null): readonly string[] {
    return [...new Set(this.ids(key))];
  }

  /** The connection breaks after that many more messages: nothing that is in flight then gets its receipt. */
  breakAfter(messages: number): void {
    this.#breaksAfter = messages;
  }

  async publish(batch: readonly Envelope[], { signal }: PublishOptions = {}): Promise<readonly Receipt[]> {
    this.calls.push({ at: this.#clock.monotonic(), ids: batch.map((one) => one.id) });
    const receipts: Receipt[] = [];
    this.#open.add(receipts);
    for (const envelope of batch) receipts.push(this.#handOver(envelope, receipts));
    if (receipts.some(isFailure)) this.#failing.add(receipts);
    await this.#clock.sleep(this.#latencyMs, signal);
    this.#open.delete(receipts);
    this.#failing.delete(receipts);
    return signal?.aborted ? batch.map(() => lost) : receipts;
  }

  #handOver(envelope: Envelope, receipts: readonly Receipt[]): Receipt {
    if (this.isDown) return { outcome: 'unavailable', reason: 'connection refused' };
    if (this.throttledForMs > 0) {
      return { outcome: 'unavailable', reason: 'throttled', retryAfterMs: this.throttledForMs };
    }
    if (this.#failing.size > 0 || receipts.some(isFailure)) return lost;
    const refusal = this.poison.get(envelope.id);
    if (refusal !== undefined) return { outcome: 'rejected', reason: refusal };
    this.onArrival(envelope);
    this.arrivals.push(envelope);
    if (this.#breaksAfter === null) return { outcome: 'accepted' };
    this.#breaksAfter -= 1;
    if (this.#breaksAfter > 0) return { outcome: 'accepted' };
    this.#breaksAfter = null;
    for (const open of this.#open) {
      open.fill(lost);
      this.#failing.add(open);
    }
    return lost;
  }
}

function isFailure({ outcome }: Receipt): boolean {
  return outcome === 'unavailable' || outcome === 'unknown';
}

const lost: Receipt = { outcome: 'unknown', reason: 'connection reset' };
