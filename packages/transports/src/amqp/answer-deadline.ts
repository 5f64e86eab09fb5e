import type { Clock } from '@holdfast/core';
import { TransportUnavailableError } from '../errors/transport-unavailable-error.ts';

export interface AnswerDeadline {
  readonly clock: Clock;
  readonly ms: number;
  /** What is waited for, for the error: `declare "payment"`. */
  readonly activity: string;
}

/**
 * The answer, when it comes in time. One that comes too late is dropped; `onLate` undoes what it brings.
 * @throws TransportUnavailableError when it does not come in time, or what the answer rejects with
 */
export async function answerInTime<T>(
  answer: Promise<T>,
  { clock, ms, activity }: AnswerDeadline,
  onLate: (late: T) => void = () => {},
): Promise<T> {
  const answered = new AbortController();
  let isLate = false;
  const timeout = clock.sleep(ms, answered.signal).then(async () => {
    // A process that was busy for long has the answer in its socket: it is read before anybody gives up.
    if (!answered.signal.aborted) await clock.sleep(0);
    if (answered.signal.aborted) return answer;
    isLate = true;
    throw new TransportUnavailableError(activity);
  });
  answer.then(
    (late) => {
      if (isLate) onLate(late);
    },
    () => {},
  );
  // Whichever of the two comes second is nobody's.
  timeout.catch(() => {});
  try {
    return await Promise.race([answer, timeout]);
  } finally {
    answered.abort();
  }
}
