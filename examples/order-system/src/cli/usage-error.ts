/** The command line is wrong: exit code 2. */
export class UsageError extends Error {
  readonly code = 'ERR_ORDER_SYSTEM_USAGE';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UsageError';
  }
}
