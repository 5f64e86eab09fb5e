import type { OutgoingMessage } from '../message/outgoing-message.ts';

/**
 * Puts messages into the caller's transaction: they exist if and only if it commits.
 * `Tx` is whatever the implementation takes as a transaction (a Kysely transaction, a `pg` client, …).
 */
export interface Enqueuer<Tx> {
  enqueue(tx: Tx, messages: readonly OutgoingMessage[]): Promise<void>;
}
