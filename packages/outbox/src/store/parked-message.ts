import type { LogEntry } from './log-page.ts';

/**
 * Why a message stands aside instead of having been published.
 * - `rejected`: the destination refused it; with a key, it holds back the later messages of its key
 * - `behind`: it waits behind a rejected message of its key
 * - `skipped`: it was refused and its type's policy lets later messages of its key pass
 */
export type ParkedRole = 'rejected' | 'behind' | 'skipped';

export interface ParkedEntry {
  readonly entry: LogEntry;
  readonly role: ParkedRole;
  /** Why, in one line, without payload. */
  readonly reason: string;
}

/** What an operator sees of a parked message: everything but the payload. */
export interface ParkedMessage {
  readonly lane: number;
  readonly position: number;
  readonly id: string;
  readonly type: string;
  readonly key: string | null;
  readonly role: ParkedRole;
  readonly reason: string;
  /** When it was parked, in milliseconds since the Unix epoch, by the database's clock. */
  readonly parkedAt: number;
  /** What was asked for and is not done yet. */
  readonly requested: ParkedAction | null;
}

/** `redrive` publishes again, in order; `discard` removes without publishing. */
export type ParkedAction = 'redrive' | 'discard';

/** A message that an operator wants published or removed. */
export interface ParkedRequest {
  readonly entry: LogEntry;
  readonly role: ParkedRole;
  readonly action: ParkedAction;
}

/**
 * Which parked messages: one key with all that is parked under it; one message; all of a type, with what waits behind
 * them; or everything.
 */
export type ParkedSelector =
  | { readonly key: string }
  | { readonly id: string }
  | { readonly type: string }
  | { readonly all: true };
