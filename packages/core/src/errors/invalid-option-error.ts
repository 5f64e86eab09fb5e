import { HoldfastError } from './holdfast-error.ts';
import { quoted } from './quoted.ts';
import { scrubCredentials } from './scrub-credentials.ts';

/** An option has a value that is not allowed. Thrown by constructors, so that a typo fails at start. */
export class InvalidOptionError extends HoldfastError {
  readonly code = 'ERR_CORE_INVALID_OPTION';
  override readonly failureClass = 'permanent';
  readonly option: string;

  /** @param allowed What is allowed, to follow "Give …": `an integer from 1 to 64`. */
  constructor(option: string, value: unknown, allowed: string) {
    super(`Option ${quoted(option)} is ${described(value)}. Give ${allowed}.`);
    this.option = option;
  }
}

function described(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return '"null"';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'function') return 'a function';
  return quoted(scrubCredentials(String(value)));
}
