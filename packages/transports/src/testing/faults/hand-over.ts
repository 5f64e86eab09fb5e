import { type Clock, type Publisher, type Receipt, SystemClock } from '@holdfast/core';
import { WithheldKeys } from '../../publishing/withheld-keys.ts';
import type { PublishFaultPlan } from './publish-fault.ts';
import type { PublishedCall, PublishedItem } from './published-call.ts';

const ABORTED = 'Aborted before it was sent.';

interface Place {
  readonly call: PublishedCall;
  readonly item: PublishedItem;
}

/** The line of messages on their way to the inner publisher: in order, but for those that wait aside with their key. */
export class HandOver {
  readonly #inner: Publisher;
  readonly #clock: Clock;
  readonly #keepsKeyOrder: boolean;
  readonly #withholdsFailedKeys: boolean;
  readonly #withheld = new WithheldKeys();
  readonly #asideByKey = new Map<string, Place[]>();
  readonly #aside = new Set<Place[]>();
  #line: Place[] = [];
  #isPaused = false;

  constructor(inner: Publisher, { clock = new SystemClock(), breakContract = [] }: PublishFaultPlan) {
    this.#inner = inner;
    this.#clock = clock;
    this.#keepsKeyOrder = !breakContract.includes('key-order');
    this.#withholdsFailedKeys = !breakContract.includes('key-after-failure');
  }

  add(call: PublishedCall): void {
    for (const item of call.items) {
      item.isWithheld = this.#isWithheld(item);
      this.#line.push({ call, item });
    }
    this.#advance();
    call.onAbort(() => this.#giveUp(call));
  }

  /** Answers what has not been sent, without waiting for its turn. */
  #giveUp(call: PublishedCall): void {
    for (const item of call.items) {
      if (!item.isSent) this.#refuse(call, item, unavailable(ABORTED));
    }
  }

  #advance(): void {
    if (this.#isPaused) return;
    const line = this.#line;
    const delayed = line.findIndex(({ item }) => item.delayMs > 0);
    const place = line[delayed];
    this.#line = place === undefined ? [] : line.slice(delayed);
    this.#pass(place === undefined ? line : line.slice(0, delayed));
    if (place !== undefined) void this.#pause(place);
  }

  async #pause({ item, call }: Place): Promise<void> {
    this.#isPaused = true;
    await this.#clock.sleep(item.delayMs, call.signal);
    item.delayMs = 0;
    this.#isPaused = false;
    this.#advance();
  }

  /** Hands these over, except those that step aside and those behind one of their key that did. */
  #pass(places: readonly Place[]): void {
    const passing: Place[] = [];
    for (const place of places) {
      const { key } = place.item.envelope;
      const aside = key === null ? undefined : this.#asideByKey.get(key);
      if (aside !== undefined) aside.push(place);
      else if (place.item.asideMs > 0) void this.#stepAside(place, key);
      else passing.push(place);
    }
    this.#deliver(passing);
  }

  async #stepAside(place: Place, key: string | null): Promise<void> {
    const places = [place];
    const isLane = key !== null && this.#keepsKeyOrder;
    this.#aside.add(places);
    if (isLane) this.#asideByKey.set(key, places);
    await this.#clock.sleep(place.item.asideMs, place.call.signal);
    this.#aside.delete(places);
    if (isLane) this.#asideByKey.delete(key);
    this.#deliver(places);
  }

  /** Neighbours of one call stay together in one call of the inner publisher. */
  #deliver(places: readonly Place[]): void {
    let together: PublishedItem[] = [];
    let current: PublishedCall | null = null;
    for (const { call, item } of places) {
      if (current !== null && current !== call) {
        this.#publish(current, together);
        together = [];
      }
      current = call;
      if (this.#mayPass(call, item)) together.push(item);
    }
    if (current !== null) this.#publish(current, together);
  }

  #mayPass(call: PublishedCall, item: PublishedItem): boolean {
    if (item.isSent) return false;
    if (item.isWithheld || this.#isWithheld(item)) {
      this.#refuse(call, item, unavailable('An earlier message of the same key failed.'));
      return false;
    }
    if (call.signal?.aborted) {
      this.#refuse(call, item, unavailable(ABORTED));
      return false;
    }
    if (item.outcome !== null && item.outcome !== 'lose-receipt') {
      this.#refuse(call, item, item.outcome);
      return false;
    }
    item.isSent = true;
    if (item.outcome === 'lose-receipt') this.#fail(call, item);
    return true;
  }

  #publish(call: PublishedCall, items: readonly PublishedItem[]): void {
    if (items.length === 0) return;
    const batch = items.flatMap(({ envelope, copies }) => new Array<typeof envelope>(copies).fill(envelope));
    const options = call.signal === undefined ? {} : { signal: call.signal };
    this.#inner.publish(batch, options).then(
      (receipts) => this.#settle(call, items, receipts),
      () => this.#settle(call, items, []),
    );
  }

  #settle(call: PublishedCall, items: readonly PublishedItem[], receipts: readonly Receipt[]): void {
    let next = 0;
    for (const item of items) {
      const own = receipts.slice(next, next + item.copies);
      next += item.copies;
      if (item.outcome === 'lose-receipt') call.answer(item, unknown(), this.#withheld);
      else this.#answer(call, item, own.find(({ outcome }) => outcome === 'accepted') ?? own[0] ?? unknown());
    }
  }

  #refuse(call: PublishedCall, item: PublishedItem, receipt: Receipt): void {
    item.isSent = true;
    this.#answer(call, item, receipt);
  }

  #answer(call: PublishedCall, item: PublishedItem, receipt: Receipt): void {
    if (receipt.outcome === 'unavailable' || receipt.outcome === 'unknown') this.#fail(call, item);
    call.answer(item, receipt, this.#withheld);
  }

  #isWithheld({ envelope: { key } }: PublishedItem): boolean {
    return this.#withholdsFailedKeys && key !== null && this.#withheld.has(key);
  }

  /** Withholds the key: from what waits here for good, from what is still to be handed in until the receipt is given. */
  #fail(call: PublishedCall, { envelope }: PublishedItem): void {
    call.withhold(envelope, this.#withheld);
    if (!this.#withholdsFailedKeys || envelope.key === null) return;
    for (const places of [this.#line, ...this.#aside]) {
      for (const { item } of places) {
        if (item.envelope.key === envelope.key) item.isWithheld = true;
      }
    }
  }
}

function unavailable(reason: string): Receipt {
  return { outcome: 'unavailable', reason };
}

function unknown(): Receipt {
  return { outcome: 'unknown', reason: 'The receipt was lost.' };
}
