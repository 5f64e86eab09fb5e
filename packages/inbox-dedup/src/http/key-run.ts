import { summarizeError } from '@holdfast/core';
import { CommitUnknownError, retryTransaction } from '@holdfast/sql';
import { OutgoingMessages } from '../inbox/outgoing-messages.ts';
import { fullAnswer, replayedAnswer } from './answers.ts';
import { KeyLostError } from './errors/key-lost-error.ts';
import { WorkOverdueError } from './errors/work-overdue-error.ts';
import type { HttpIdempotencyEvent } from './http-idempotency-event.ts';
import type { HttpIdempotencySettings } from './http-idempotency-options.ts';
import type { IdempotentWork } from './idempotent-work.ts';
import { KeyHold } from './key-hold.ts';
import { NotKeptAnswer } from './not-kept-answer.ts';
import { problemResponse } from './problem-response.ts';
import type { KeyClaim } from './store/idempotency-store.ts';
import { workContext } from './work-context.ts';

/** A request whose key was claimed. */
export interface ClaimedRequest {
  readonly request: Request;
  readonly body: Uint8Array;
  readonly claim: KeyClaim;
}

/** What became of a request: the value of `holdfast.outcome`. */
export type RunOutcome = 'executed' | 'not-kept' | 'lost' | 'unknown' | 'replayed';

export interface RunAnswer {
  readonly outcome: RunOutcome;
  readonly response: Response;
}

/** Runs the work of one claimed key to its end: the answer is kept in the work's transaction, or the key is free again. */
export class KeyRun<Tx> {
  readonly #settings: HttpIdempotencySettings<Tx>;
  readonly #claimed: ClaimedRequest;
  readonly #work: IdempotentWork<Tx>;
  readonly #hold: KeyHold;

  constructor(settings: HttpIdempotencySettings<Tx>, claimed: ClaimedRequest, work: IdempotentWork<Tx>) {
    this.#settings = settings;
    this.#claimed = claimed;
    this.#work = work;
    const { store, transactions, clock, leaseMs, maxWorkMs } = settings;
    const { claim } = claimed;
    this.#hold = new KeyHold({
      key: claim.key,
      leaseMs,
      maxWorkMs,
      clock,
      renew: () => store.renew(transactions, claim),
      onError: (error) =>
        this.#emit({ type: 'error', activity: 'renew', key: claim.key, error: summarizeError(error) }),
    });
  }

  /** Resolves when the last renewal has settled: it may still wait for its answer when `run` is done. */
  get settled(): Promise<void> {
    return this.#hold.settled;
  }

  async run(): Promise<RunAnswer> {
    try {
      const { clock, random, transactions } = this.#settings;
      const response = await retryTransaction(() => transactions.transaction((tx) => this.#runOnce(tx)), {
        signal: this.#hold.signal,
        clock,
        random,
      });
      return { outcome: 'executed', response };
    } catch (error) {
      return await this.#afterFailure(error);
    } finally {
      this.#hold.end();
    }
  }

  async #runOnce(tx: Tx): Promise<Response> {
    const { store, storedStatus, transactions } = this.#settings;
    const { request, body, claim } = this.#claimed;
    const { signal } = this.#hold;
    signal.throwIfAborted();
    const outgoing = new OutgoingMessages(tx, this.#settings.outbox);
    const context = workContext({ tx, idempotencyKey: claim.key, signal }, outgoing);
    const response = await this.#work(withBody(request, body), context);
    if (!storedStatus(response.status)) throw new NotKeptAnswer(response);
    const answer = await fullAnswer(response, this.#settings, signal);
    await outgoing.settled();
    signal.throwIfAborted();
    await store.complete(transactions.executor(tx), claim, answer.stored);
    return answer.response;
  }

  async #afterFailure(error: unknown): Promise<RunAnswer> {
    if (error instanceof CommitUnknownError) return this.#resolved(error);
    const { reason } = this.#hold.signal;
    // What the work threw because it was told to stop says less than why it was told.
    const failure = reason instanceof WorkOverdueError || reason instanceof KeyLostError ? reason : error;
    if (failure instanceof KeyLostError) {
      this.#emit({ type: 'key-lost', key: this.#claimed.claim.key });
      return { outcome: 'lost', response: this.#problem('idempotency-key-in-use', 1_000) };
    }
    await this.#freed();
    if (failure instanceof NotKeptAnswer) return { outcome: 'not-kept', response: failure.response };
    throw failure;
  }

  /**
   * Freeing the key settles it: a transaction that is still on its way to commit can no longer, and one that has cannot be undone by it.
   * So either the key was freed and nothing was committed, or the answer is there.
   */
  async #resolved(unknown: CommitUnknownError): Promise<RunAnswer> {
    const { store, transactions, leaseMs, clock, random } = this.#settings;
    const { claim } = this.#claimed;
    const emit = (resolved: boolean, error: unknown) =>
      this.#emit({ type: 'commit-unknown', key: claim.key, resolved, error: summarizeError(error) });
    try {
      const retry = { clock, random };
      const freed = await retryTransaction(() => store.release(transactions, claim), retry);
      const found = freed ? undefined : await retryTransaction(() => store.claim(transactions, claim), retry);
      if (found?.state === 'claimed') await store.release(transactions, claim);
      emit(true, unknown);
      if (found?.state === 'stored' && isSame(found.fingerprint, claim.fingerprint)) {
        return { outcome: 'replayed', response: replayedAnswer(found.answer) };
      }
      return { outcome: 'unknown', response: this.#problem('outcome-unknown', 1_000) };
    } catch (error) {
      emit(false, error);
      return { outcome: 'unknown', response: this.#problem('outcome-unknown', leaseMs) };
    }
  }

  /** Best effort: a key that cannot be freed becomes free when its lease ends. */
  async #freed(): Promise<void> {
    const { store, transactions } = this.#settings;
    const { claim } = this.#claimed;
    try {
      await store.release(transactions, claim);
    } catch (error) {
      this.#emit({ type: 'error', activity: 'release', key: claim.key, error: summarizeError(error) });
    }
  }

  #problem(code: 'idempotency-key-in-use' | 'outcome-unknown', retryAfterMs: number): Response {
    return problemResponse(code, { documentation: this.#settings.documentation, retryAfterMs });
  }

  #emit(event: HttpIdempotencyEvent): void {
    try {
      this.#settings.onEvent?.(event);
    } catch {
      // Reporting must not end what it reports on.
    }
  }
}

export function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** A request of its own for each run, since a body can be read once. It does not end when the client goes away. */
function withBody({ url, method, headers }: Request, body: Uint8Array): Request {
  // The bytes are ours alone; the type asks that they be not shared memory.
  const init = { method, headers };
  return new Request(url, body.byteLength === 0 ? init : { ...init, body: body as Uint8Array<ArrayBuffer> });
}
