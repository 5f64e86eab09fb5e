export type Way = 'shared' | 'alone';

interface Waiter {
  readonly way: Way;
  readonly admit: () => void;
}

/**
 * Lets works run side by side, or one of them alone: those of one inbox, or of all inboxes of a process that are given the same gate. First come, first served: one that waits to be alone
 * holds back those that come later, so it waits for works that run already and for nothing else.
 */
export class RunGate {
  #running = 0;
  #isAlone = false;
  readonly #waiting: Waiter[] = [];

  /** Enters at once when nobody is or wants to be alone. */
  tryEnter(): boolean {
    if (this.#isAlone || this.#waiting.length > 0) return false;
    this.#running += 1;
    return true;
  }

  /** Rejects with the signal's reason when it is aborted before its turn; it has not entered then. */
  enter(way: Way, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      const waiter: Waiter = {
        way,
        admit: () => {
          signal.removeEventListener('abort', give);
          resolve();
        },
      };
      const give = () => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        reject(signal.reason);
        this.#admit();
      };
      signal.addEventListener('abort', give, { once: true });
      this.#waiting.push(waiter);
      this.#admit();
    });
  }

  /** Once for each time that it was entered. */
  leave(): void {
    this.#running -= 1;
    this.#isAlone = false;
    this.#admit();
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next !== undefined && this.#hasRoomFor(next.way); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#running += 1;
      this.#isAlone = next.way === 'alone';
      next.admit();
    }
  }

  #hasRoomFor(way: Way): boolean {
    return way === 'alone' ? this.#running === 0 : !this.#isAlone;
  }
}
