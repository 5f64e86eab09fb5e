import { HoldfastError, summarizeError } from '@holdfast/core';

/** The `prepare` of a `SqliteTemplate` failed, so no run can begin with what it makes. */
export class TemplateFailedError extends HoldfastError {
  readonly code = 'ERR_TESTKIT_TEMPLATE_FAILED';
  override readonly failureClass = 'permanent';

  constructor(cause: unknown) {
    super(`The "prepare" of a SqliteTemplate failed: ${summarizeError(cause)}.`, { cause });
  }
}
