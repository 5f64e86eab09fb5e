/** What is known of a delivery besides its message. */
export interface DeliveryContext {
  /** How often the message was delivered, this time included, as far as the transport knows. @default 1 */
  readonly attempt?: number | undefined;
  /** Aborted when the result is no longer wanted. @default never */
  readonly signal?: AbortSignal | undefined;
}
