import { isHoldfastError } from '@holdfast/core';

/** What a rejected call says: it was refused for ever, it certainly did not happen, or nobody knows. */
export type CallFailure = 'refused' | 'not-performed' | 'unknown';

const MAX_CAUSES = 8;
/** Errors of the library speak of other things, of an answer that could not be decoded for one: the effect may have happened. */
const OF_THE_LIBRARY = /^ERR_(?:CORE|SQL|OUTBOX|INBOX|SAGA|DRAIN|TRANSPORTS?)_/;
const JUDGEMENTS: ReadonlySet<string> = new Set(['ERR_CORE_PERMANENT', 'ERR_CORE_OVERLOADED']);

/** By the nearest Holdfast error in the cause chain. Never throws. */
export function callFailureOf(error: unknown): CallFailure {
  try {
    let candidate = error;
    for (let depth = 0; depth < MAX_CAUSES && candidate instanceof Error; depth += 1) {
      if (isHoldfastError(candidate)) return judgementOf(candidate);
      candidate = candidate.cause;
    }
  } catch {
    // An error object with a throwing getter tells nothing.
  }
  return 'unknown';
}

function judgementOf({ code, failureClass }: { readonly code: string; readonly failureClass: string }): CallFailure {
  if (OF_THE_LIBRARY.test(code) && !JUDGEMENTS.has(code)) return 'unknown';
  if (failureClass === 'permanent') return 'refused';
  return failureClass === 'overloaded' ? 'not-performed' : 'unknown';
}
