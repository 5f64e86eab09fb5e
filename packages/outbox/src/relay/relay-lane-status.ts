import type { LoopStatus } from '@holdfast/core';
import type { BreakerState } from './breaker.ts';

/** What a relay does with one lane now. */
export interface RelayLaneStatus {
  readonly lane: number;
  readonly destination: string;
  /** Whether this process relays it now. */
  readonly held: boolean;
  /** Messages accepted by the destination since the relay was made. */
  readonly published: number;
  readonly inFlight: number;
  readonly breaker: BreakerState;
  /** Since when the breaker is open, in milliseconds since the Unix epoch. */
  readonly unavailableSince: number | null;
  /** Id of the message that blocks the lane by policy. */
  readonly blockedBy: string | null;
  readonly loop: LoopStatus;
}
