/** A file of orders that cannot be read at all, as opposed to one with bad lines. */
export class UnreadableFileError extends Error {
  readonly code = 'ERR_ORDER_SYSTEM_UNREADABLE_FILE';

  /** @param problem What is wrong, to follow "because". */
  constructor(problem: string, options?: ErrorOptions) {
    super(problem, options);
    this.name = 'UnreadableFileError';
  }
}
