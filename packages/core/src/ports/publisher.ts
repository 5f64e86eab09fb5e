import type { Envelope } from '../message/envelope.ts';

/**
 * What became of one published message.
 * - `accepted`: the broker has taken responsibility for it.
 * - `rejected`: this message is bad (too large, unroutable, refused); publishing it again unchanged cannot succeed.
 * - `unavailable`: the destination is down, throttling or full. Nobody's fault, no attempt is counted. It was not taken.
 * - `unknown`: sent, but the answer was lost. It may have been taken.
 */
export type Receipt =
  | { readonly outcome: 'accepted' }
  | { readonly outcome: 'rejected'; readonly reason: string }
  | { readonly outcome: 'unavailable'; readonly reason: string; readonly retryAfterMs?: number }
  | { readonly outcome: 'unknown'; readonly reason: string };

/**
 * Hands messages to a broker and says what became of each. A transport that cannot give receipts cannot be a publisher.
 *
 * Guarantees of an implementation:
 * - `publish` returns one receipt per message, at the message's index, and does not reject; a caller treats a rejection
 *   as `unknown` for the whole batch. It settles within the publisher's own deadline, whatever the broker does.
 * - Several calls may be in flight. Messages are handed over in the order of the calls and, within one, in the order of
 *   the batch. When a message ends as `unavailable` or `unknown`, no later message *of the same key* that was handed
 *   in before that receipt was given is `accepted`. A receipt is given when the caller has it, not when the other end
 *   sends it: what was handed in while it travelled is not accepted either.
 * - Bodies are carried as the bytes that they are.
 *
 * Not promised: that a later message of a key is withheld when only the broker can tell that an earlier one is
 * `rejected`; that a message is delivered once.
 */
export interface Publisher {
  publish(batch: readonly Envelope[], options?: PublishOptions): Promise<readonly Receipt[]>;
}

export interface PublishOptions {
  /** Gives up waiting: what has no receipt by then becomes `unknown` (or `unavailable` when it was never sent). */
  readonly signal?: AbortSignal;
}
