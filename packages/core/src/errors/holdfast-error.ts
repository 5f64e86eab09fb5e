import type { FailureClass } from './failure-class.ts';

const BRAND = Symbol.for('holdfast.error');

/**
 * Base of every error that Holdfast throws. Branch on `code` through {@link isHoldfastError}, not on the class:
 * two copies of a package may be loaded in one process.
 */
export abstract class HoldfastError extends Error {
  /** `ERR_<PACKAGE>_<WHAT>`; stable across releases. */
  abstract readonly code: string;
  /** What a consumer does with a message whose handler throws this error. */
  readonly failureClass: FailureClass = 'transient';
  readonly [BRAND] = true;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    Object.defineProperty(this, BRAND, { enumerable: false });
  }
}

/** Whether `error` is an error of Holdfast, and has this `code` if one is given. Works across package copies. */
export function isHoldfastError<Code extends string>(
  error: unknown,
  code?: Code,
): error is HoldfastError & { readonly code: Code } {
  if (typeof error !== 'object' || error === null || !(BRAND in error) || !('code' in error)) return false;
  return code === undefined || error.code === code;
}
