import type { RunGate } from './run-gate.ts';

/** What one work holds of a {@link RunGate}: a place beside others, all of it, or nothing. */
export class GatePlace {
  readonly #gate: RunGate;
  #isHeld = false;

  constructor(gate: RunGate) {
    this.#gate = gate;
  }

  async enter(signal: AbortSignal): Promise<void> {
    if (!this.#gate.tryEnter()) await this.#gate.enter('shared', signal);
    this.#isHeld = true;
  }

  /** Gives its place away and waits until it has all of the gate. */
  async becomeAlone(signal: AbortSignal): Promise<void> {
    this.leave();
    await this.#gate.enter('alone', signal);
    this.#isHeld = true;
  }

  leave(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#gate.leave();
  }
}
