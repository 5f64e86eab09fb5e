/** The relay's process was started several times and ended each time. */
export class RelayKeepsFailingError extends Error {
  readonly code = 'ERR_ORDER_SYSTEM_RELAY_KEEPS_FAILING';

  constructor(times: number) {
    super(`The relay's process ended ${times} times by itself. Its errors are above; the orders are stored and wait.`);
    this.name = 'RelayKeepsFailingError';
  }
}
