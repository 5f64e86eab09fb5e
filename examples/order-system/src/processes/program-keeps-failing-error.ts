/** A process of the system was started several times and ended each time. */
export class ProgramKeepsFailingError extends Error {
  readonly code = 'ERR_ORDER_SYSTEM_PROGRAM_KEEPS_FAILING';

  constructor(program: string, times: number) {
    super(
      `The process of ${program} ended ${times} times by itself. Its errors are above; the orders are stored and wait.`,
    );
    this.name = 'ProgramKeepsFailingError';
  }
}
