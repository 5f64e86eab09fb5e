import { createHash } from 'node:crypto';
import { integerOption } from '@holdfast/core';
import { retryTransaction } from '@holdfast/sql';
import { OutgoingMessages } from '../inbox/outgoing-messages.ts';
import { replayedAnswer } from './answers.ts';
import { MissingScopeError } from './errors/missing-scope-error.ts';
import {
  type HttpIdempotencyOptions,
  type HttpIdempotencySettings,
  httpIdempotencySettings,
} from './http-idempotency-options.ts';
import type { IdempotentWork } from './idempotent-work.ts';
import { isSame, KeyRun, type RunOutcome } from './key-run.ts';
import { NotKeptAnswer } from './not-kept-answer.ts';
import { parseIdempotencyKey } from './parse-idempotency-key.ts';
import { type ProblemCode, problemResponse } from './problem-response.ts';
import { readRequestBody } from './read-request-body.ts';
import { requestFingerprint } from './request-fingerprint.ts';
import type { ClaimResult, KeyClaim } from './store/idempotency-store.ts';
import { workContext } from './work-context.ts';

const requests = {
  name: 'holdfast.inbox.http.requests',
  unit: '{request}',
  description: 'Requests to idempotent endpoints, by what became of them.',
};

export interface PurgeKeysOptions {
  /** Most keys of one call. @default 1_000 */
  readonly limit?: number;
}

/**
 * Makes an endpoint take effect once per `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header), over the Fetch `Request` and
 * `Response`. The answer is kept in the transaction of the work: it is there if and only if the work is committed, and every later request
 * with the key and the same content gets it, marked `Idempotency-Replayed: true`.
 *
 * 400: the key is missing or malformed; 409 with `Retry-After`: its work is running; 422: it belongs to another content; 413: the body is
 * too large; 503 with `Retry-After`: the connection was lost while committing, or the service closes. All as `application/problem+json`.
 */
export class HttpIdempotency<Tx> {
  readonly #settings: HttpIdempotencySettings<Tx>;
  readonly #running = new Set<Promise<unknown>>();
  #closing = false;

  /** @throws InvalidOptionError */
  constructor(options: HttpIdempotencyOptions<Tx>) {
    this.#settings = httpIdempotencySettings(options);
  }

  /**
   * Answers a request: by its work, by the answer that is kept, or by a problem. A work that throws is rolled back and frees its key,
   * and so does an answer whose status is not kept. A process that dies holds the key for `leaseMs` at most.
   *
   * Call it before anything reads the body. A client that goes away does not stop the work.
   * @throws what the work throws, an error of the database, BodyAlreadyReadError, MissingScopeError, ResponseTooLargeError, ResponseAlreadyReadError,
   *   WorkOverdueError
   */
  handle(request: Request, work: IdempotentWork<Tx>): Promise<Response> {
    if (this.#closing) return Promise.resolve(this.#problem('closing', 1_000));
    return this.#tracked(this.#handle(request, work));
  }

  /** Removes keys whose retention is over, a bounded number at a time, without waiting for requests in progress. Returns how many. */
  purge(options: PurgeKeysOptions = {}): Promise<number> {
    const limit = integerOption('limit', options.limit, { min: 1, max: 100_000, default: 1_000 });
    return this.#settings.store.purge(this.#settings.transactions, limit);
  }

  /** Answers new requests with 503, and waits for those in progress and all that they started. */
  async close(): Promise<void> {
    this.#closing = true;
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  async #handle(request: Request, work: IdempotentWork<Tx>): Promise<Response> {
    const { methods, required, maxKeyLength } = this.#settings;
    if (!methods.has(request.method)) return this.#unprotected(request, work);
    const header = request.headers.get('idempotency-key');
    if (header === null) {
      return required ? this.#refused('idempotency-key-missing') : this.#unprotected(request, work);
    }
    const key = parseIdempotencyKey(header, maxKeyLength);
    return key === null ? this.#refused('idempotency-key-malformed') : this.#protected(request, work, key);
  }

  async #protected(request: Request, work: IdempotentWork<Tx>, key: string): Promise<Response> {
    const scope = await this.#scopeOf(request);
    const body = await readRequestBody(request, this.#settings.maxRequestBytes);
    if (body === null) return this.#refused('request-too-large');
    const { leaseMs, retentionMs, ids, store, transactions, clock, random } = this.#settings;
    const chosen = await this.#settings.fingerprint?.(request, body);
    const fingerprint = requestFingerprint({ request, body, chosen });
    const claim = { scope, key, fingerprint, token: ids.next(), leaseMs, retentionMs };
    const result = await retryTransaction(() => store.claim(transactions, claim), { clock, random });
    if (result.state !== 'claimed') return this.#taken(result, claim);
    const run = new KeyRun(this.#settings, { request, body, claim }, work);
    void this.#tracked(run.settled);
    try {
      const { outcome, response } = await run.run();
      return this.#counted(outcome, response);
    } catch (error) {
      this.#count('failed');
      throw error;
    }
  }

  #taken(result: Exclude<ClaimResult, { state: 'claimed' }>, { key, fingerprint }: KeyClaim): Response {
    if (!isSame(result.fingerprint, fingerprint)) {
      this.#emitReused(key);
      return this.#refused('idempotency-key-reused');
    }
    return result.state === 'stored'
      ? this.#counted('replayed', replayedAnswer(result.answer))
      : this.#refused('idempotency-key-in-use', result.retryAfterMs);
  }

  /** Once, without a key. The body is not touched, so the work cannot run again after a conflict. */
  async #unprotected(request: Request, work: IdempotentWork<Tx>): Promise<Response> {
    const { transactions, storedStatus, outbox } = this.#settings;
    const { signal } = new AbortController();
    this.#count('unprotected');
    try {
      return await transactions.transaction(async (tx) => {
        const outgoing = new OutgoingMessages(tx, outbox);
        const response = await work(request, workContext({ tx, idempotencyKey: null, signal }, outgoing));
        if (!storedStatus(response.status)) throw new NotKeptAnswer(response);
        await outgoing.settled();
        return response;
      });
    } catch (error) {
      if (error instanceof NotKeptAnswer) return error.response;
      throw error;
    }
  }

  async #scopeOf(request: Request): Promise<Uint8Array> {
    const scope: unknown = await this.#settings.scope(request);
    if (typeof scope !== 'string' || scope === '') throw new MissingScopeError();
    return createHash('sha256').update(scope).digest();
  }

  #refused(code: ProblemCode, retryAfterMs?: number): Response {
    return this.#counted(code, this.#problem(code, retryAfterMs));
  }

  #problem(code: ProblemCode, retryAfterMs?: number): Response {
    const { documentation } = this.#settings;
    return problemResponse(code, retryAfterMs === undefined ? { documentation } : { documentation, retryAfterMs });
  }

  #counted(outcome: RunOutcome | ProblemCode, response: Response): Response {
    this.#count(outcome);
    return response;
  }

  #count(outcome: RunOutcome | ProblemCode | 'failed' | 'unprotected'): void {
    this.#settings.telemetry.add(requests, 1, { 'holdfast.outcome': outcome });
  }

  #emitReused(key: string): void {
    try {
      this.#settings.onEvent?.({ type: 'key-reused', key });
    } catch {
      // Reporting must not end what it reports on.
    }
  }

  #tracked<Result>(task: Promise<Result>): Promise<Result> {
    this.#running.add(task);
    const forget = () => {
      this.#running.delete(task);
    };
    task.then(forget, forget);
    return task;
  }
}
