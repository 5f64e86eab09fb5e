import type { Clock } from '@holdfast/core';

interface Armed {
  readonly at: number;
  readonly controller: AbortController;
}

/** One timer: rings at the earliest time that it was set to. It may ring early; the ringing code looks at the clock. */
export class Alarm {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #armed: Armed | null = null;

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** @param at On `Clock.monotonic()`. */
  set(at: number): void {
    if (at === Infinity || (this.#armed !== null && this.#armed.at <= at)) return;
    this.cancel();
    const armed: Armed = { at, controller: new AbortController() };
    this.#armed = armed;
    void this.#clock.sleep(at - this.#clock.monotonic(), armed.controller.signal).then(() => {
      if (this.#armed !== armed) return;
      this.#armed = null;
      this.#ring();
    });
  }

  cancel(): void {
    const armed = this.#armed;
    this.#armed = null;
    armed?.controller.abort();
  }
}
