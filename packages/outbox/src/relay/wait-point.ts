/** Lets one activity wait until another says that something changed. A change that nobody waits for is remembered. */
export class WaitPoint {
  #changed = false;
  #resume: (() => void) | null = null;

  notify(): void {
    this.#changed = true;
    this.#resume?.();
  }

  /** Resolves at the next {@link notify}, at once if there was one since the last wait, or when aborted. */
  async wait(signal: AbortSignal): Promise<void> {
    if (!this.#changed && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#resume = resolve;
      signal.addEventListener('abort', this.#resume, { once: true });
      await promise;
      signal.removeEventListener('abort', this.#resume);
      this.#resume = null;
    }
    this.#changed = false;
  }
}
