import { HoldfastError } from '@holdfast/core';

/** `crashEverywhere` cannot say anything about this handler: it does no I/O, changes nothing that is counted, or fails without any fault. */
export class UntestableHandlerError extends HoldfastError {
  readonly code = 'ERR_TESTKIT_UNTESTABLE_HANDLER';
}
