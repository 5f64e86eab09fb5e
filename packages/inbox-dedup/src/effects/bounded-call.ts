import type { Clock } from '@holdfast/core';

/** How a bounded call ended. After `overdue` and `stopped` it may go on by itself. */
export type CallEnd<Result> =
  | { readonly type: 'resolved'; readonly result: Result }
  | { readonly type: 'rejected'; readonly error: unknown }
  | { readonly type: 'overdue' }
  | { readonly type: 'stopped'; readonly reason: unknown };

export interface CallBounds {
  readonly deadlineMs: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/** A call of somebody's code, and how it ended for those who wait for it. */
export interface BoundedCall<Result> {
  /** Resolves at the deadline at the latest, and as soon as `signal` is aborted. */
  readonly ended: Promise<CallEnd<Result>>;
  /** What it really came to. Rejections are heard. */
  readonly running: Promise<Result>;
}

/** Calls at once, and gives it a signal that is aborted when nobody waits any more. */
export function boundedCall<Result>(
  call: (signal: AbortSignal) => Promise<Result>,
  { deadlineMs, clock, signal }: CallBounds,
): BoundedCall<Result> {
  const abandoned = new AbortController();
  const ended = new AbortController();
  const running = called(call, abandoned.signal);
  const answer = running.then(
    (result): CallEnd<Result> => ({ type: 'resolved', result }),
    (error: unknown): CallEnd<Result> => ({ type: 'rejected', error }),
  );
  const stopped = Promise.withResolvers<CallEnd<Result>>();
  const onStop = () => stopped.resolve({ type: 'stopped', reason: signal?.reason });
  signal?.addEventListener('abort', onStop, { once: true });
  if (signal?.aborted) onStop();
  const overdue = clock.sleep(deadlineMs, ended.signal).then((): CallEnd<Result> => ({ type: 'overdue' }));
  const first = Promise.race([answer, stopped.promise, overdue]).then((end) => {
    ended.abort();
    signal?.removeEventListener('abort', onStop);
    if (end.type === 'overdue') abandoned.abort(new DOMException(`No answer within ${deadlineMs} ms.`, 'TimeoutError'));
    if (end.type === 'stopped') abandoned.abort(end.reason);
    return end;
  });
  return { ended: first, running };
}

/** What throws before it returns a promise has rejected. */
async function called<Result>(call: (signal: AbortSignal) => Promise<Result>, signal: AbortSignal): Promise<Result> {
  return call(signal);
}
