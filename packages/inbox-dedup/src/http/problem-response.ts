/** What went wrong, for programs: the member `code` of the problem's body. */
export type ProblemCode =
  | 'idempotency-key-missing'
  | 'idempotency-key-malformed'
  | 'idempotency-key-reused'
  | 'idempotency-key-in-use'
  | 'request-too-large'
  | 'outcome-unknown'
  | 'closing';

interface ProblemText {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
}

const problems: Readonly<Record<ProblemCode, ProblemText>> = {
  'idempotency-key-missing': {
    status: 400,
    title: 'Idempotency-Key is missing',
    detail: 'This operation needs the header Idempotency-Key: a string that is new for each operation, e.g. a UUID.',
  },
  'idempotency-key-malformed': {
    status: 400,
    title: 'Idempotency-Key is malformed',
    detail: 'Send one Idempotency-Key: a string of printable ASCII in double quotes, not empty and not too long.',
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'Idempotency-Key is already used',
    detail: 'This Idempotency-Key belongs to a request with another content. Use a new key for a new operation.',
  },
  'idempotency-key-in-use': {
    status: 409,
    title: 'A request is outstanding for this Idempotency-Key',
    detail: 'A request with this Idempotency-Key is being processed. Send it again after the time in Retry-After.',
  },
  'request-too-large': {
    status: 413,
    title: 'The request is too large',
    detail: 'The body of the request has more bytes than this operation takes.',
  },
  'outcome-unknown': {
    status: 503,
    title: 'The outcome is not known yet',
    detail: 'Send the request again with the same Idempotency-Key after the time in Retry-After: it takes effect once.',
  },
  closing: {
    status: 503,
    title: 'The service is shutting down',
    detail: 'Nothing was done. Send the request again with the same Idempotency-Key.',
  },
};

export interface ProblemOptions {
  /** The problem's `type`: where it is documented. */
  readonly documentation?: string | undefined;
  readonly retryAfterMs?: number;
}

/** An answer of RFC 9457. `Retry-After` is in whole seconds, at least 1. */
export function problemResponse(code: ProblemCode, { documentation, retryAfterMs }: ProblemOptions): Response {
  const { status, title, detail } = problems[code];
  const body = JSON.stringify({ type: documentation ?? 'about:blank', title, status, detail, code });
  const headers = new Headers({ 'content-type': 'application/problem+json', 'content-language': 'en' });
  if (retryAfterMs !== undefined) headers.set('retry-after', String(Math.max(1, Math.ceil(retryAfterMs / 1_000))));
  return new Response(body, { status, headers });
}
