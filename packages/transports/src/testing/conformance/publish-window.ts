import assert from 'node:assert/strict';
import type { Envelope, Publisher, PublishOptions, Receipt } from '@holdfast/core';

interface Sent {
  readonly envelope: Envelope;
  readonly handedInAt: number;
  receipt: Receipt | null;
  receivedAt: number;
}

/** Publishes without waiting, and remembers what was handed in and answered when, on a clock that counts events. */
export class PublishWindow {
  readonly #publisher: Publisher;
  readonly #sent: Sent[] = [];
  readonly #calls: Promise<void>[] = [];
  #events = 0;

  constructor(publisher: Publisher) {
    this.#publisher = publisher;
  }

  publish(batch: readonly Envelope[], options?: PublishOptions): void {
    const sent = batch.map(
      (envelope): Sent => ({ envelope, handedInAt: this.#tick(), receipt: null, receivedAt: Infinity }),
    );
    this.#sent.push(...sent);
    const call = this.#collect(sent, this.#publisher.publish(batch, options));
    // Until it is waited for below, its rejection is nobody's.
    call.catch(() => {});
    this.#calls.push(call);
  }

  /** Every message with its receipt, in the order in which they were handed in, once all calls have settled. */
  async settled(): Promise<readonly { readonly envelope: Envelope; readonly receipt: Receipt | null }[]> {
    await Promise.all(this.#calls);
    return this.#sent;
  }

  /** Resolves when one of the calls has settled. */
  async firstReceipt(): Promise<void> {
    await Promise.race(this.#calls);
  }

  /** The contract's rule of keys: what failed is not overtaken by what was handed in before its receipt. */
  async assertNothingOvertakesAFailure(): Promise<void> {
    await this.settled();
    for (const failed of this.#sent) {
      const outcome = failed.receipt?.outcome;
      if (failed.envelope.key === null || outcome === 'accepted' || outcome === 'rejected') continue;
      const overtaking = this.#sent.find((later) => isOvertaking(later, failed));
      assert.equal(
        overtaking?.envelope.id,
        undefined,
        `"${overtaking?.envelope.id}" was accepted, but was handed in after "${failed.envelope.id}" (${outcome}) and before its receipt`,
      );
    }
  }

  async #collect(sent: readonly Sent[], call: Promise<readonly Receipt[]>): Promise<void> {
    const receipts = await call;
    assert.equal(receipts.length, sent.length, 'publish returns one receipt per message');
    for (const [index, one] of sent.entries()) {
      one.receipt = receipts[index] ?? null;
      one.receivedAt = this.#tick();
    }
  }

  #tick(): number {
    this.#events += 1;
    return this.#events;
  }
}

function isOvertaking(later: Sent, failed: Sent): boolean {
  return (
    later.envelope.key === failed.envelope.key &&
    later.handedInAt > failed.handedInAt &&
    later.handedInAt < failed.receivedAt &&
    later.receipt?.outcome === 'accepted'
  );
}
