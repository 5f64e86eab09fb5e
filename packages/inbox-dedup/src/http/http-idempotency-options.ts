import {
  booleanOption,
  type Clock,
  type Enqueuer,
  type Ids,
  InvalidOptionError,
  integerOption,
  type Random,
  SystemClock,
  SystemRandom,
  stringOption,
  Telemetry,
  UuidV7Ids,
} from '@holdfast/core';
import type { TransactionRunner } from '@holdfast/sql';
import type { HttpIdempotencyEvent } from './http-idempotency-event.ts';
import type { IdempotencyStore } from './store/idempotency-store.ts';
import { storedHeadersOption } from './stored-headers.ts';

export interface HttpIdempotencyOptions<Tx> {
  readonly store: IdempotencyStore;
  /** What the work runs in, and what single statements run on. */
  readonly transactions: TransactionRunner<Tx>;
  /**
   * Who is calling: the id of the authenticated account. Keys of different callers have nothing to do with each other; only a digest of it
   * is kept. It must not read the body. An empty text is refused, because it would be one scope for all.
   */
  readonly scope: (request: Request) => string | Promise<string>;
  /** What `send` puts messages into. @default `send` is refused */
  readonly outbox?: Enqueuer<Tx>;
  /** Whether a request without a key is refused with 400. Otherwise its work runs without protection. @default true */
  readonly required?: boolean;
  /** The methods that take a key. Requests with others pass untouched, in a transaction. @default POST and PATCH */
  readonly methods?: readonly string[];
  /** Longest key, in characters. @default 255 */
  readonly maxKeyLength?: number;
  /** How long a key stays with a process that has died, in milliseconds. Renewed while the work runs. @default 10_000 */
  readonly leaseMs?: number;
  /** How long a work may take, in milliseconds. Then its signal is aborted, and its lease no longer renewed. @default 60_000 */
  readonly maxWorkMs?: number;
  /**
   * How long an answer is kept, in milliseconds, from when its request came: longer than any client retries, and not shorter than
   * `leaseMs` and `maxWorkMs`, since an answer that is over when it is kept protects nobody. @default 24 hours
   */
  readonly retentionMs?: number;
  /** Largest body of a request, in bytes, counted while it is read. Larger ones get 413. @default 1 MiB */
  readonly maxRequestBytes?: number;
  /** Largest body of an answer, in bytes. The work of a larger one is rolled back. @default 1 MiB */
  readonly maxResponseBytes?: number;
  /**
   * Which answers are kept. The work of any other one is rolled back, and the key is free for a retry.
   * @default all but 408, 425, 429 and 5xx
   */
  readonly storedStatus?: (status: number) => boolean;
  /** The headers of an answer that its repetitions have too. Never `Set-Cookie`. @default those that describe the content */
  readonly storedHeaders?: readonly string[];
  /** What of a body tells requests apart, where two bodies may mean the same: multipart boundaries, timestamps. @default all of it */
  readonly fingerprint?: (
    request: Request,
    body: Uint8Array,
  ) => string | Uint8Array | undefined | Promise<string | Uint8Array | undefined>;
  /** The `type` of problem answers: a URL that documents how your API uses keys. @default about:blank */
  readonly documentation?: string;
  readonly onEvent?: (event: HttpIdempotencyEvent) => void;
  readonly telemetry?: Telemetry;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly ids?: Ids;
}

/** The options, checked and completed. */
export type HttpIdempotencySettings<Tx> = Required<
  Omit<HttpIdempotencyOptions<Tx>, 'outbox' | 'documentation' | 'onEvent' | 'fingerprint' | 'methods' | 'storedHeaders'>
> &
  Pick<HttpIdempotencyOptions<Tx>, 'outbox' | 'documentation' | 'onEvent' | 'fingerprint'> & {
    readonly methods: ReadonlySet<string>;
    readonly storedHeaders: ReadonlySet<string>;
  };

const DAY_MS = 24 * 60 * 60 * 1_000;
const MEBIBYTE = 1_048_576;
/** They change nothing, or cannot have a body. */
const untouched: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'CONNECT']);
const notKept: ReadonlySet<number> = new Set([408, 425, 429]);

/** @throws InvalidOptionError */
export function httpIdempotencySettings<Tx>(given: HttpIdempotencyOptions<Tx>): HttpIdempotencySettings<Tx> {
  const { store, transactions, documentation } = given;
  if (store.dialect !== transactions.dialect) {
    throw new InvalidOptionError('store', store.dialect, `a store for "${transactions.dialect}", as "transactions" is`);
  }
  if (documentation !== undefined) stringOption('documentation', documentation, { maxBytes: 2_048 });
  const storedStatus = functionOption('storedStatus', given.storedStatus ?? isKept);
  const leaseMs = integerOption('leaseMs', given.leaseMs, { min: 30, max: 600_000, default: 10_000 });
  const maxWorkMs = integerOption('maxWorkMs', given.maxWorkMs, { min: 1, max: DAY_MS, default: 60_000 });
  return {
    ...given,
    scope: functionOption('scope', given.scope),
    required: booleanOption('required', given.required, true),
    methods: methodsOption(given.methods ?? ['POST', 'PATCH']),
    maxKeyLength: integerOption('maxKeyLength', given.maxKeyLength, { min: 1, max: 1_024, default: 255 }),
    leaseMs,
    maxWorkMs,
    retentionMs: integerOption('retentionMs', given.retentionMs, {
      min: Math.max(leaseMs, maxWorkMs),
      default: DAY_MS,
    }),
    maxRequestBytes: integerOption('maxRequestBytes', given.maxRequestBytes, { min: 0, default: MEBIBYTE }),
    maxResponseBytes: integerOption('maxResponseBytes', given.maxResponseBytes, { min: 0, default: MEBIBYTE }),
    // Zero is that of `Response.error()`, which is no answer.
    storedStatus: (status) => status !== 0 && storedStatus(status),
    storedHeaders: storedHeadersOption(given.storedHeaders),
    telemetry: given.telemetry ?? new Telemetry(),
    clock: given.clock ?? new SystemClock(),
    random: given.random ?? new SystemRandom(),
    ids: given.ids ?? new UuidV7Ids(),
  };
}

/** An outage or an overload is not the answer to the request: its retry is to have another try. */
function isKept(status: number): boolean {
  return status < 500 && !notKept.has(status);
}

function functionOption<Given>(name: string, value: Given): Given {
  if (typeof value === 'function') return value;
  throw new InvalidOptionError(name, value, 'a function');
}

function methodsOption(methods: readonly string[]): ReadonlySet<string> {
  for (const method of methods) {
    if (typeof method !== 'string' || !/^[A-Z]+$/.test(method) || untouched.has(method)) {
      throw new InvalidOptionError('methods', method, 'upper-case methods that change something, e.g. "POST"');
    }
  }
  return new Set(methods);
}
