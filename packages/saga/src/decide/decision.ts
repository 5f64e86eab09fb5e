import type { OutgoingMessage } from '@holdfast/core';

/** An instance, as far as decisions depend on it. */
export interface SagaSnapshot {
  readonly state: string;
  readonly data: unknown;
}

export interface SentCommand {
  /** In the definition's `commands`. */
  readonly name: string;
  readonly message: OutgoingMessage;
}

/** A transition is taken. */
export interface Moved {
  readonly kind: 'moved';
  /** `null`: the instance begins. */
  readonly from: string | null;
  readonly to: string;
  readonly data: unknown;
  /** Of the guard. */
  readonly label: string | null;
  readonly sent: readonly SentCommand[];
  /** Timers that must not run out any more; done before {@link schedule}. */
  readonly cancel: readonly string[];
  readonly schedule: readonly { readonly timer: string; readonly afterMs: number }[];
}

/**
 * Nothing changes.
 * - `ignored`, `parked`, `failed`: by the definition's policy for events; without an instance its `unmatched`.
 * - `stale`: the state does not take this timer.
 * - `refused`: the state does not take this action.
 */
export interface NotMoved {
  readonly kind: 'ignored' | 'parked' | 'failed' | 'stale' | 'refused';
}

export type Decision = Moved | NotMoved;
