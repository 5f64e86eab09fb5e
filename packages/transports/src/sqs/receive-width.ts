/** A consumer that takes longer than this between pulls has enough with one request. */
const SLOW_MS = 500;

/**
 * How many requests receive at once: more while full answers are claimed at once, one when the queue is empty or the
 * consumer does not come for what was fetched. An idle queue so costs one request, and a backlog is fetched in parallel.
 */
export class ReceiveWidth {
  readonly #most: number;
  #value = 1;
  #gaveAt = -Infinity;

  constructor(most: number) {
    this.#most = most;
  }

  get value(): number {
    return this.#value;
  }

  pulled(now: number): void {
    if (this.#gaveAt !== -Infinity && now - this.#gaveAt > SLOW_MS) this.#value = 1;
  }

  gave(now: number): void {
    this.#gaveAt = now;
  }

  answered(messages: number, asked: number): void {
    if (messages === 0) this.#value = Math.max(1, this.#value >> 1);
    else if (messages === asked) this.#value = Math.min(this.#most, this.#value * 2);
  }

  unclaimed(): void {
    this.#value = 1;
  }
}
