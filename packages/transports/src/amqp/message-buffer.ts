import type { HeldMessage } from './consumer-session.ts';

/** Messages that came and were not pulled yet, first in, first out. */
export class MessageBuffer {
  #messages: HeldMessage[] = [];
  #head = 0;

  get size(): number {
    return this.#messages.length - this.#head;
  }

  /** When the oldest one came, on `Clock.monotonic()`. */
  get oldestArrival(): number {
    return this.#messages[this.#head]?.arrivedAt ?? Infinity;
  }

  add(message: HeldMessage): void {
    this.#messages.push(message);
  }

  take(): HeldMessage | undefined {
    const message = this.#messages[this.#head];
    if (message === undefined) return undefined;
    this.#head += 1;
    if (this.#head === this.#messages.length) this.clear();
    return message;
  }

  clear(): void {
    this.#messages = [];
    this.#head = 0;
  }
}
