import { HoldfastError } from './holdfast-error.ts';
import { quoted } from './quoted.ts';

/** A message cannot be sent as it is: a value would be lost or changed on the way. Nothing was written. */
export class InvalidMessageError extends HoldfastError {
  readonly code = 'ERR_CORE_INVALID_MESSAGE';
  override readonly failureClass = 'permanent';
  /** The path of the bad value: `key`, `extensions.tenant`, `data.items[3].price`. */
  readonly field: string;
  readonly reason: string;

  /** @param reason Follows the field's name: `is NaN, which JSON cannot carry`. Never the payload's text. */
  constructor(field: string, reason: string, options?: ErrorOptions) {
    super(`The message cannot be sent: ${quoted(field, 200)} ${reason}.`, options);
    this.field = field;
    this.reason = reason;
  }
}
