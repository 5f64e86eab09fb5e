/** What the ids of made-up customers end with, so that each ending of an order happens. What it means is decided by the service that meets it. */
export const DIFFICULTIES = {
  /** The card is declined. */
  declined: '-declined',
  /** Nobody delivers there. */
  remote: '-remote',
  /** The provider gives them nothing back until somebody talks to it. */
  unrefundable: '-unrefundable',
  /** The delivery service answers too late, that it delivers. */
  late: '-late',
  /** The delivery service answers too late, that it does not deliver. */
  silent: '-late-remote',
} as const;
