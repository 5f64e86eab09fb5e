import type { Envelope, Message } from '@holdfast/core';
import type { HandleOutcome } from '../work.ts';

/** A message that is handled together with others. */
export interface BatchMessage {
  readonly envelope: Envelope;
  /** How often it was delivered, this time included, as far as the transport knows. @default 1 */
  readonly attempt?: number | undefined;
  /** When it is decoded already. */
  readonly message?: Message | undefined;
}

/** What became of one message of a batch. One that failed changed nothing: hand it back by the class of its error. */
export type BatchOutcome =
  | { readonly outcome: HandleOutcome }
  | { readonly outcome: 'failed'; readonly error: unknown };
