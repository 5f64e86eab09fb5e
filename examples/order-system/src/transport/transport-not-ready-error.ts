import { quoted, summarizeError } from '@holdfast/core';

export interface TransportNotReady {
  /** The product: `RabbitMQ`. */
  readonly product: string;
  /** The environment variable that names it. */
  readonly variable: string;
  /** What is wrong, as a clause: `cannot be reached at …`. */
  readonly problem: string;
  readonly cause?: unknown;
}

/** The broker that `--transport` asks for is not there. Nothing was done. */
export class TransportNotReadyError extends Error {
  readonly code = 'ERR_ORDER_SYSTEM_TRANSPORT_NOT_READY';

  constructor({ product, variable, problem, cause }: TransportNotReady) {
    const reason = cause === undefined ? '' : ` (${summarizeError(cause)})`;
    super(
      `${product} ${problem}${reason}. Set ${quoted(variable)} to the URL of one that runs, or run "npm start" in the ` +
        `repository without ${quoted(variable)}: it starts one of its own.`,
      { cause },
    );
    this.name = 'TransportNotReadyError';
  }
}
