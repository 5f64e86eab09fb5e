import type { Envelope } from '../message/envelope.ts';
import type { Message } from '../message/message.ts';

/**
 * Handles one message. Returning means done. Throwing means, by the error's class (see {@link failureClassOf}):
 * `transient` → try again later; `overloaded` → try again, the downstream sets the pace; `permanent` → dead letter;
 * `unknown` → the effect may have happened.
 */
export type Handler = (message: Message, context: HandlerContext) => Promise<void>;

export interface HandlerContext {
  /** The message as it was received, its body in the bytes that were sent. */
  readonly envelope: Envelope;
  /** Aborted when the lease is lost or the consumer must stop. */
  readonly signal: AbortSignal;
  /** Which attempt this is, from 1. */
  readonly attempt: number;
}
