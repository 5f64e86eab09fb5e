/**
 * What a failure means for the message that was being handled.
 * - `transient`: try again later.
 * - `overloaded`: the downstream asks for less; try again at its pace, and count no attempt.
 * - `permanent`: trying again unchanged cannot succeed; dead letter.
 * - `unknown`: the outside effect may or may not have happened; find out before trying again.
 */
export type FailureClass = 'transient' | 'overloaded' | 'permanent' | 'unknown';
