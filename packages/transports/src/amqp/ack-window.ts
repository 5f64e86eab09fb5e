/** What is to be sent: one ack for all up to a tag, and acks of single tags. */
export interface PendingAcks {
  readonly upTo: number | null;
  readonly single: readonly number[];
}

const NOTHING: PendingAcks = Object.freeze({ upTo: null, single: Object.freeze([]) });

/**
 * The delivery tags of one channel, which count from 1: which are settled, and which acks have not been sent. One ack for
 * many is used only up to where every tag is settled, so it never takes along a message that somebody holds.
 */
export class AckWindow {
  /** Whether a tag is settled, by its distance from `#low`; a ring. */
  #settled = new Uint8Array(64);
  /** The lowest tag that is not settled. */
  #low = 1;
  #pending: number[] = [];

  /** How many acks have not been sent. */
  get pending(): number {
    return this.#pending.length;
  }

  /** The message is done; its ack is to be sent. */
  ack(tag: number): void {
    this.#settle(tag);
    this.#pending.push(tag);
  }

  /** The message was given back, and the broker was told already. */
  giveBack(tag: number): void {
    this.#settle(tag);
  }

  /** The acks to send now. */
  take(): PendingAcks {
    if (this.#pending.length === 0) return NOTHING;
    let upTo: number | null = null;
    const single: number[] = [];
    for (const tag of this.#pending) {
      if (tag >= this.#low) single.push(tag);
      else if (upTo === null || tag > upTo) upTo = tag;
    }
    this.#pending = [];
    return { upTo, single };
  }

  #settle(tag: number): void {
    while (tag - this.#low >= this.#settled.length) this.#grow();
    this.#settled[tag % this.#settled.length] = 1;
    for (;;) {
      const index = this.#low % this.#settled.length;
      if (this.#settled[index] !== 1) return;
      this.#settled[index] = 0;
      this.#low += 1;
    }
  }

  #grow(): void {
    const { length } = this.#settled;
    const larger = new Uint8Array(2 * length);
    for (let tag = this.#low; tag < this.#low + length; tag += 1) {
      larger[tag % larger.length] = this.#settled[tag % length] ?? 0;
    }
    this.#settled = larger;
  }
}
