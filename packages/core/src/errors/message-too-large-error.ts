import { HoldfastError } from './holdfast-error.ts';

/** A part of a message is over a limit of {@link MessageLimits}. Keep big data elsewhere and send a reference. */
export class MessageTooLargeError extends HoldfastError {
  readonly code = 'ERR_CORE_MESSAGE_TOO_LARGE';
  override readonly failureClass = 'permanent';
  readonly size: number;
  readonly limit: number;

  /** @param what What is too large, with its unit: `body bytes`, `headers`. */
  constructor(what: string, size: number, limit: number) {
    super(`The message has ${size} ${what}, the limit is ${limit}. Send a reference to the data, or raise the limit.`);
    this.size = size;
    this.limit = limit;
  }
}
