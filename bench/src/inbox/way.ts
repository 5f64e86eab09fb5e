import type { Envelope } from '@holdfast/core';

/** One way to take messages into a database: each message's effect is one row. */
export interface Way {
  readonly name: string;
  /** Most messages that `handle` gets at once. */
  readonly batch: number;
  /** Calls of `handle` at the same time, each with a connection. */
  readonly concurrency: number;
  /** Resolves when their effects are committed. */
  handle(messages: readonly Envelope[]): Promise<unknown>;
}

/** How many messages a batch has at most. */
export const BATCH = 100;

/** The message of a way that gets one at a time. */
export function given(message: Envelope | undefined): Envelope {
  if (message === undefined) throw new TypeError('nothing to handle');
  return message;
}
