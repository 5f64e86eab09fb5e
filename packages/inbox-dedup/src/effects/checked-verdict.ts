import { summarizeError } from '@holdfast/core';
import type { Verdict } from './effect.ts';

/** A verdict that is one, or what is wrong with it: nothing that is not exactly `false` may pass for "it did not happen". */
export function checkedVerdict(verdict: unknown): Verdict<unknown> | undefined {
  if (typeof verdict !== 'object' || verdict === null || !('happened' in verdict)) return undefined;
  const { happened } = verdict;
  if (happened === true) return { happened, result: 'result' in verdict ? verdict.result : undefined };
  if (happened === false) return { happened };
  if (happened !== 'unknown') return undefined;
  const reason = 'reason' in verdict && typeof verdict.reason === 'string' ? verdict.reason : 'it did not say why';
  // It is kept and shown like the summary of an error.
  return { happened, reason: summarizeError(reason) };
}
