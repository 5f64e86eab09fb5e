import { HoldfastError } from './holdfast-error.ts';

export interface OverloadedErrorOptions extends ErrorOptions {
  /** How long the downstream asks to be left alone, in milliseconds. Ignored unless finite and not negative. */
  readonly retryAfterMs?: number | undefined;
}

/** Thrown by a handler: the downstream is throttling or full (429, 503). Its pace is obeyed; no attempt is counted. */
export class OverloadedError extends HoldfastError {
  readonly code = 'ERR_CORE_OVERLOADED';
  override readonly failureClass = 'overloaded';
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: OverloadedErrorOptions = {}) {
    super(message, options);
    const { retryAfterMs } = options;
    // A header that did not parse must not turn an overload into another error.
    this.retryAfterMs = Number.isFinite(retryAfterMs) && Number(retryAfterMs) >= 0 ? retryAfterMs : undefined;
  }
}
