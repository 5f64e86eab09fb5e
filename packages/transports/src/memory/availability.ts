import { TransportClosedError } from '../errors/transport-closed-error.ts';
import { TransportUnavailableError } from '../errors/transport-unavailable-error.ts';

/** Whether the broker can be reached: one answer for all its parts. */
export class Availability {
  #state: 'up' | 'down' | 'closed' = 'up';

  get isClosed(): boolean {
    return this.#state === 'closed';
  }

  /** Why nothing can be done now, or `null`. */
  get problem(): string | null {
    if (this.#state === 'up') return null;
    return this.#state === 'down' ? 'The broker is down.' : 'The broker is closed.';
  }

  set(available: boolean): void {
    if (this.#state !== 'closed') this.#state = available ? 'up' : 'down';
  }

  close(): void {
    this.#state = 'closed';
  }

  /** @throws TransportUnavailableError, TransportClosedError */
  assertUp(activity: string, name: string): void {
    if (this.#state === 'up') return;
    const full = `${activity} "${name}"`;
    throw this.#state === 'down' ? new TransportUnavailableError(full) : new TransportClosedError(full);
  }
}
