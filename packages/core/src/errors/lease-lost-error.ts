import { HoldfastError } from './holdfast-error.ts';
import { quoted } from './quoted.ts';

/** A lease ended or was taken over. The work under it belongs to somebody else now, and must not be settled here. */
export class LeaseLostError extends HoldfastError {
  readonly code = 'ERR_CORE_LEASE_LOST';
  /** What was leased: a lane, a queue's message, a key. */
  readonly lease: string;

  constructor(lease: string, options?: ErrorOptions) {
    super(`The lease on ${quoted(lease)} was lost: it expired or was taken over. Drop this work.`, options);
    this.lease = lease;
  }
}
