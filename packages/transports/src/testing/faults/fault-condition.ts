import type { Envelope } from '@holdfast/core';

/** Which messages a fault hits: those for which every given part holds. Without any part, all. */
export interface FaultCondition {
  /** Running numbers of messages, from 0, over the life of the decorator. */
  readonly at?: number | readonly number[];
  readonly when?: (envelope: Envelope, index: number) => boolean;
  /** From 0 to 1. Needs the plan's `random`. */
  readonly probability?: number;
  /** How often it hits at most. @default no limit */
  readonly times?: number;
}
