import { HoldfastError } from './holdfast-error.ts';

/** Received bytes or attributes that are not an acceptable message. The reason holds no payload. */
export class MalformedMessageError extends HoldfastError {
  readonly code = 'ERR_CORE_MALFORMED_MESSAGE';
  override readonly failureClass = 'permanent';
  readonly reason: string;

  constructor(reason: string, options?: ErrorOptions) {
    super(`The received message is malformed: ${reason}.`, options);
    this.reason = reason;
  }
}
