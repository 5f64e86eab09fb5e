import type { Clock } from '@holdfast/core';
import { DatabaseTimeoutError } from './errors/database-timeout-error.ts';

export interface AnswerDeadline {
  /** What is waited for, for the error: the start of a statement, or `connect`. */
  readonly activity: string;
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** Rejects with {@link DatabaseTimeoutError} when `answer` takes longer. What becomes of it later is the caller's to mind. */
export async function answerWithin<Result>(answer: Promise<Result>, deadline: AnswerDeadline): Promise<Result> {
  const { activity, timeoutMs, clock } = deadline;
  const answered = new AbortController();
  const late = Promise.withResolvers<never>();
  void clock.sleep(timeoutMs, answered.signal).then(() => {
    if (!answered.signal.aborted) {
      late.reject(new DatabaseTimeoutError(activity, timeoutMs));
    }
  });
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    answered.abort();
  }
}
