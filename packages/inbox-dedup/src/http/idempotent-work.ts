import type { OutgoingMessage } from '@holdfast/core';

/** What the work of a request may use besides the request. Valid until the work has settled. */
export interface IdempotentContext<Tx> {
  /** The transaction that the answer is kept in. Whatever is written with it commits with the answer, or not at all. */
  readonly tx: Tx;
  /** The caller's key; `null` for a request without one, and for methods that need none. */
  readonly idempotencyKey: string | null;
  /**
   * Aborted when another request has taken the key over, or `maxWorkMs` is over; the transaction is rolled back then, whatever the work
   * does. A client that goes away does not abort it: its retry is to get the answer.
   */
  readonly signal: AbortSignal;
  /**
   * Sends messages in the transaction, through the `outbox` of the options. One that cannot be sent rolls everything back, also when the
   * work does not wait for it.
   * @throws InvalidOptionError when there is none
   */
  send(messages: OutgoingMessage | readonly OutgoingMessage[]): Promise<void>;
}

/**
 * What a request does, once per key. It gets a request whose body is there to be read, and answers in full before the transaction
 * commits. After a conflict with another transaction it runs again from its start, so all its effects must be in `tx`.
 */
export type IdempotentWork<Tx> = (request: Request, context: IdempotentContext<Tx>) => Promise<Response> | Response;
