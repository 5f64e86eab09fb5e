import { type Receipt, summarizeError } from '@holdfast/core';

/**
 * What a failed request says about what it was to do.
 * - `unavailable`: not done; the service is down, throttles, or lets us in no more.
 * - `refused`: not done; the request itself is wrong.
 * - `unknown`: it may have been done.
 */
export interface AwsFailure {
  readonly kind: 'unavailable' | 'refused' | 'unknown';
  /** The service's or Node's code without its prefix: `QueueDoesNotExist`, `ECONNREFUSED`. */
  readonly code: string;
  readonly reason: string;
  readonly retryAfterMs?: number;
}

/** One failed entry of a batch, as both services tell it. */
export interface FailedEntry {
  readonly Code?: string | undefined;
  readonly Message?: string | undefined;
  readonly SenderFault?: boolean | undefined;
}

const THROTTLING: ReadonlySet<string> = new Set([
  'BandwidthLimitExceeded',
  'KMSThrottling',
  'KMSThrottlingException',
  'KmsThrottled',
  'LimitExceeded',
  'OverLimit',
  'PriorRequestNotComplete',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'ServiceUnavailable',
  'SlowDown',
  'Throttled',
  'ThrottledException',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
]);

/** Nothing of the request has left this machine. */
const NEVER_SENT: ReadonlySet<string> = new Set([
  'CredentialsProviderError',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOTFOUND',
  'TokenProviderError',
]);

const QUOTED_VALUE = /Value\b.*?\bfor parameter/s;
const NO_CONNECTION = /(?:did not establish|without establishing) a connection/i;
/** Of the handshake, not of what went over the connection afterwards. */
const TLS_CODE = /^(?:CERT_|ERR_TLS_|ERR_SSL_(?!.*(?:MAC|DECRYPT))|EPROTO$|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;
/** What clients say of an answer that is none of the service: a proxy's, or that of a wrong endpoint. */
const NO_CODE = /^(?:|SyntaxError|Unknown|UnknownError)$/;
const TOO_LARGE = 413;
/** With these the service refuses what is in a request; with all others who asks, where, or how often. */
const REFUSED: ReadonlySet<number> = new Set([400, TOO_LARGE, 422]);
const REQUEST_TIMEOUT = 408;
/** The caller's rights, keys or queues are at fault, not a message; whoever runs the service can mend it. */
const NOT_THE_MESSAGE =
  /^(?:AccessDenied|AuthFailure|AuthorizationError|ExpiredToken|Forbidden|IncompleteSignature|InvalidAccessKeyId|InvalidAddress|InvalidClientTokenId|InvalidSecurity|InvalidSignature|KMS|Kms|MissingAuthenticationToken|NonExistentQueue|NotAuthorized|NotFound|OptInRequired|QueueDeletedRecently|QueueDoesNotExist|RequestExpired|SignatureDoesNotMatch|UnrecognizedClient)/;

/** Reads any error of an AWS client, or of the network under it. Never throws. */
export function awsFailure(error: unknown): AwsFailure {
  const fields = typeof error === 'object' && error !== null ? (error as Record<string, unknown>) : {};
  const code = codeOf(fields);
  const status = statusOf(fields);
  const reason = reasonOf(error);
  if (THROTTLING.has(code) || status === 429 || status === 503) {
    const retryAfterMs = retryAfterOf(fields);
    return { kind: 'unavailable', code, reason, ...(retryAfterMs === null ? {} : { retryAfterMs }) };
  }
  if (neverSent(fields, code)) return { kind: 'unavailable', code, reason };
  if (status === undefined || status >= 500 || status < 400 || status === REQUEST_TIMEOUT) {
    return { kind: 'unknown', code, reason };
  }
  return { kind: isRefusal(status, code) ? 'refused' : 'unavailable', code, reason };
}

function isRefusal(status: number, code: string): boolean {
  if (!REFUSED.has(status) || NOT_THE_MESSAGE.test(code)) return false;
  return status === TOO_LARGE || !NO_CODE.test(code);
}

/** The receipt of a message in a request that failed as a whole. */
export function receiptOfFailure(failure: AwsFailure): Receipt {
  if (failure.kind === 'refused') return { outcome: 'rejected', reason: failure.reason };
  if (failure.kind === 'unknown') return { outcome: 'unknown', reason: failure.reason };
  const { retryAfterMs } = failure;
  return { outcome: 'unavailable', reason: failure.reason, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

/** The receipt of a message whose entry failed while its request succeeded. */
export function receiptOfFailedEntry({ Code = '', Message = '', SenderFault = false }: FailedEntry): Receipt {
  const code = withoutPrefix(Code);
  const reason = reasonOf({ name: 'Failed entry', code, message: Message });
  if (THROTTLING.has(code) || NOT_THE_MESSAGE.test(code)) return { outcome: 'unavailable', reason };
  return { outcome: SenderFault ? 'rejected' : 'unknown', reason };
}

/** Services quote what they refuse, which can be a key or a body. */
function reasonOf(error: unknown): string {
  return summarizeError(error).replace(QUOTED_VALUE, 'Value … for parameter');
}

function codeOf({ name, code, Code }: Record<string, unknown>): string {
  if (typeof code === 'string') return code;
  if (typeof name === 'string' && name !== 'Error') return withoutPrefix(name);
  return typeof Code === 'string' ? withoutPrefix(Code) : '';
}

/** `AWS.SimpleQueueService.NonExistentQueue` is `NonExistentQueue`. */
function withoutPrefix(code: string): string {
  return code.slice(code.lastIndexOf('.') + 1);
}

function statusOf({ $metadata }: Record<string, unknown>): number | undefined {
  const status = ($metadata as { httpStatusCode?: unknown } | undefined)?.httpStatusCode;
  return typeof status === 'number' ? status : undefined;
}

function neverSent({ syscall, message, errors }: Record<string, unknown>, code: string): boolean {
  if (NEVER_SENT.has(code) || TLS_CODE.test(code)) return true;
  // Of a name with several addresses, each was tried.
  if (Array.isArray(errors) && errors.length > 0) {
    return errors.every((error: unknown) => awsFailure(error).kind === 'unavailable');
  }
  if (code === 'ETIMEDOUT' || code === 'ECONNRESET') return syscall === 'connect';
  return typeof message === 'string' && NO_CONNECTION.test(message);
}

function retryAfterOf({ $response }: Record<string, unknown>): number | null {
  const headers = ($response as { headers?: Record<string, unknown> } | undefined)?.headers;
  const seconds = Number(headers?.['retry-after'] ?? Number.NaN);
  return seconds >= 0 && seconds < 86_400 ? Math.ceil(seconds * 1_000) : null;
}
