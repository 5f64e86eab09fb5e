import { ResponseAlreadyReadError } from './errors/response-already-read-error.ts';
import { ResponseTooLargeError } from './errors/response-too-large-error.ts';
import { readBounded } from './read-bounded.ts';
import type { StoredAnswer } from './store/idempotency-store.ts';

/** Statuses whose answers have no body (RFC 9110). */
const withoutBody: ReadonlySet<number> = new Set([204, 205, 304]);

export interface AnswerRules {
  readonly maxResponseBytes: number;
  readonly storedHeaders: ReadonlySet<string>;
}

/** An answer in both forms: for its first receiver, with all its headers, and to be kept. */
export interface FullAnswer {
  readonly response: Response;
  readonly stored: StoredAnswer;
}

/** Reads a response to its end. @throws ResponseTooLargeError, ResponseAlreadyReadError; the signal's reason as soon as it is aborted */
export async function fullAnswer(response: Response, rules: AnswerRules, signal: AbortSignal): Promise<FullAnswer> {
  if (response.bodyUsed || response.body?.locked) throw new ResponseAlreadyReadError();
  const body = await readBounded(response.body, rules.maxResponseBytes, signal);
  signal.throwIfAborted();
  if (body === null) throw new ResponseTooLargeError(rules.maxResponseBytes);
  const { status, statusText } = response;
  const headers = [...response.headers].filter(([name]) => rules.storedHeaders.has(name));
  return {
    response: new Response(bodyFor(status, body), { status, statusText, headers: response.headers }),
    stored: { status, headers, body },
  };
}

/** The answer that was kept, marked as given before. */
export function replayedAnswer({ status, headers, body }: StoredAnswer): Response {
  const all = new Headers(headers.map(([name, value]) => [name, value] as [string, string]));
  all.set('idempotency-replayed', 'true');
  return new Response(bodyFor(status, body), { status, headers: all });
}

function bodyFor(status: number, body: Uint8Array): Uint8Array<ArrayBuffer> | null {
  // The bytes are ours alone; the type asks that they be not shared memory.
  return withoutBody.has(status) || body.byteLength === 0 ? null : (body as Uint8Array<ArrayBuffer>);
}
