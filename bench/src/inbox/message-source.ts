import type { Envelope } from '@holdfast/core';

/** Messages that were taken together. */
export interface Taken {
  readonly envelopes: readonly Envelope[];
  /** Their effects are committed. */
  ack(): void;
}

/** Where messages come from. Several may take at the same time. */
export interface MessageSource {
  /** The next ones, at most this many; none when all were taken. */
  take(most: number): Promise<Taken>;
  close(): Promise<void>;
}
