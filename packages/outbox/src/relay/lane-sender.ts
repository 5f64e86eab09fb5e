import { type Publisher, type Receipt, summarizeError } from '@holdfast/core';
import type { LogCursor } from '../store/log-cursor.ts';
import type { LogEntry, LogPage } from '../store/log-page.ts';
import type { ParkedEntry, ParkedRole } from '../store/parked-message.ts';
import type { Breaker } from './breaker.ts';
import type { PoisonPolicies } from './poison-policy.ts';
import { policyOf } from './poison-policy.ts';
import { PublishWindow, type WindowSlot } from './publish-window.ts';
import { receiptReason } from './receipt-reason.ts';

export interface LaneSenderOptions {
  readonly publisher: Publisher;
  /** Of the destination, shared by its lanes. */
  readonly breaker: Breaker;
  /** Of this lane, for a message that blocks it by policy. */
  readonly blockade: Breaker;
  readonly policies: PoisonPolicies;
  readonly parkedKeys: readonly string[];
  readonly maxParkedKeys: number;
  /** Most messages without a receipt. */
  readonly windowSize: number;
  /** Most messages of one `publish`. */
  readonly batchSize: number;
  /** Whether a key waits for the receipt of its last message before the next one is sent. */
  readonly strictKeys: boolean;
  readonly onParked: (parked: ParkedEntry) => void;
  readonly onProgress: (cursor: LogCursor) => void;
  readonly onBlocked: (entry: LogEntry, reason: string) => void;
  readonly onUnavailable: (reason: string) => void;
  readonly onAvailable: () => void;
  readonly onChange: () => void;
}

/** Why sending has to pause: what was not taken must be sent again before anything new. */
interface Failure {
  /** The destination did not answer for something; else it refused a message that blocks the lane. */
  readonly isUnavailable: boolean;
  readonly retryAfterMs: number;
}

/**
 * Sends the entries of a lane, keeps count of receipts, and decides what each means. After anything was not taken it
 * lets the messages in flight settle, and then sends again from the first one that was not, in order.
 */
export class LaneSender {
  readonly #options: LaneSenderOptions;
  readonly #window = new PublishWindow();
  readonly #parkedKeys: Set<string>;
  readonly #keysInFlight = new Set<string>();
  readonly #abort = new AbortController();
  #failure: Failure | null = null;
  #blocked: LogEntry | null = null;
  #published = 0;
  #publishedAtFailure = 0;

  constructor(options: LaneSenderOptions) {
    this.#options = options;
    this.#parkedKeys = new Set(options.parkedKeys);
  }

  get inFlight(): number {
    return this.#window.inFlight;
  }

  get queued(): number {
    return this.#window.queued;
  }

  /** How many messages were accepted since the start. */
  get published(): number {
    return this.#published;
  }

  /** The message that blocks the lane by its type's policy, or `null`. */
  get blocked(): LogEntry | null {
    return this.#blocked;
  }

  add(page: LogPage): void {
    this.#window.add(page);
  }

  release(keys: readonly string[]): void {
    for (const key of keys) this.#parkedKeys.delete(key);
  }

  /** Stops waiting for receipts; what has none by then counts as unknown. */
  abandon(): void {
    this.#abort.abort();
    // The breaker outlives this sender: nobody would report on a probe that is in flight.
    this.#options.breaker.cancel();
  }

  /**
   * Sends what may be sent now. Returns 0, or how many milliseconds to wait before trying again.
   * While a failure is being waited out nothing new is sent.
   */
  send(): number {
    if (this.#failure !== null) {
      if (this.#window.inFlight > 0) return 0;
      this.#recover(this.#failure);
    }
    if (this.#window.queued === 0) return 0;
    const breaker = this.#blocked === null ? this.#options.breaker : this.#options.blockade;
    const permission = breaker.permission();
    if (permission.allow === 'none') return permission.waitMs;
    if (permission.allow === 'all') this.#fill();
    else if (this.#window.inFlight > 0 || !this.#sendBatch(1)) breaker.cancel();
    return 0;
  }

  #recover({ isUnavailable, retryAfterMs }: Failure): void {
    const { breaker, blockade } = this.#options;
    this.#failure = null;
    if (this.#blocked !== null) blockade.fail(retryAfterMs);
    if (!isUnavailable) return;
    // Progress in between: the destination takes some, so the waits begin anew instead of growing.
    const isFirst = this.#published > this.#publishedAtFailure;
    this.#publishedAtFailure = this.#published;
    breaker.fail(retryAfterMs, { isFirst });
  }

  #fill(): void {
    const { windowSize, batchSize } = this.#options;
    while (
      this.#failure === null &&
      this.#window.queued > 0 &&
      windowSize - this.#window.inFlight >= Math.min(batchSize, windowSize)
    ) {
      if (!this.#sendBatch(batchSize)) return;
    }
  }

  /** Sends up to `max` queued messages; `false` when none could be sent. */
  #sendBatch(max: number): boolean {
    let taken: readonly WindowSlot[];
    let open: readonly WindowSlot[];
    do {
      taken = this.#take(max);
      open = taken.filter((slot) => !this.#divert(slot));
    } while (taken.length > 0 && open.length === 0);
    this.#report();
    if (open.length > 0) void this.#publish(open);
    return open.length > 0;
  }

  #take(max: number): readonly WindowSlot[] {
    if (!this.#options.strictKeys) return this.#window.take(max);
    const passed = new Set<string>();
    const taken = this.#window.take(max, ({ key }) => {
      if (key === null) return true;
      if (passed.has(key) || this.#keysInFlight.has(key)) return false;
      passed.add(key);
      return true;
    });
    for (const key of passed) this.#keysInFlight.add(key);
    return taken;
  }

  /** Parks a message whose key is held back. */
  #divert(slot: WindowSlot): boolean {
    const { key } = slot;
    if (key === null || !this.#parkedKeys.has(key)) return false;
    this.#keysInFlight.delete(key);
    this.#park(slot, 'behind', 'waits behind a rejected message of its key');
    return true;
  }

  async #publish(slots: readonly WindowSlot[]): Promise<void> {
    let receipts: readonly Receipt[];
    const { outage } = this.#options.breaker;
    try {
      const batch = slots.map((slot) => slot.entry.envelope);
      receipts = await this.#options.publisher.publish(batch, { signal: this.#abort.signal });
    } catch (error) {
      const unknown: Receipt = { outcome: 'unknown', reason: summarizeError(error) };
      receipts = slots.map(() => unknown);
    }
    this.#sort(slots, receipts, outage);
    this.#report();
    this.#options.onChange();
  }

  #sort(slots: readonly WindowSlot[], receipts: readonly Receipt[], outage: number): void {
    let answered = false;
    for (const [index, slot] of slots.entries()) {
      const receipt = receipts[index] ?? { outcome: 'unknown', reason: 'the publisher gave no receipt' };
      if (slot.key !== null) this.#keysInFlight.delete(slot.key);
      if (receipt.outcome === 'accepted') this.#accept(slot);
      else if (receipt.outcome === 'rejected') this.#reject(slot, receiptReason(receipt.reason));
      else this.#retry(slot, receipt);
      answered ||= receipt.outcome === 'accepted' || receipt.outcome === 'rejected';
    }
    // A refusal is an answer too: the destination is there.
    // But only what was handed in after the last failure says so.
    if (answered && !this.#failure?.isUnavailable && outage === this.#options.breaker.outage) this.#reopen();
    // A probe that was another message than the blocking one has answered; the next one may be sent.
    if (this.#failure === null && this.#blocked !== null) this.#options.blockade.cancel();
  }

  #reopen(): void {
    if (this.#options.breaker.state !== 'closed') this.#options.onAvailable();
    this.#options.breaker.succeed();
  }

  #accept(slot: WindowSlot): void {
    if (this.#blocked === slot.entry) {
      this.#blocked = null;
      this.#options.blockade.succeed();
    }
    this.#published += 1;
    this.#window.settle(slot);
  }

  #reject(slot: WindowSlot, reason: string): void {
    const { key } = slot;
    const { type } = slot.entry.envelope;
    const policy = policyOf(this.#options.policies, type);
    const full = key !== null && this.#parkedKeys.size >= this.#options.maxParkedKeys;
    if (policy === 'block' || (policy === 'park' && full)) {
      this.#blocked = slot.entry;
      this.#failure ??= { isUnavailable: false, retryAfterMs: 0 };
      this.#window.putBack(slot);
      this.#options.onBlocked(slot.entry, reason);
      return;
    }
    if (policy === 'park' && key !== null) this.#parkedKeys.add(key);
    this.#park(slot, policy === 'park' ? 'rejected' : 'skipped', reason);
  }

  #retry(slot: WindowSlot, receipt: Exclude<Receipt, { outcome: 'accepted' | 'rejected' }>): void {
    if (!this.#failure?.isUnavailable) this.#tellUnavailable(receiptReason(receipt.reason));
    const asked = receipt.outcome === 'unavailable' ? (receipt.retryAfterMs ?? 0) : 0;
    this.#failure = { isUnavailable: true, retryAfterMs: Math.max(asked, this.#failure?.retryAfterMs ?? 0) };
    this.#window.putBack(slot);
  }

  /** Told once when an outage begins, not at every probe. */
  #tellUnavailable(reason: string): void {
    if (this.#options.breaker.state === 'closed') this.#options.onUnavailable(reason);
  }

  #park(slot: WindowSlot, role: ParkedRole, reason: string): void {
    this.#options.onParked({ entry: slot.entry, role, reason });
    this.#window.settle(slot);
  }

  #report(): void {
    const progress = this.#window.takeProgress();
    if (progress !== null) this.#options.onProgress(progress);
  }
}
