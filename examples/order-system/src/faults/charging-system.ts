/** What a charge fault script disturbs, and what it has to see of it. */
export interface ChargingSystem {
  /** From now on the provider charges and answers nothing. Resolves when it has made such a charge. */
  withholdAnswers(): Promise<void>;
  /** `kill -9`. Resolves when the provider is dead; the next one answers again. */
  killProvider(): Promise<void>;
  /** `kill -9`. Resolves when the payment service's process is dead; the next one has been started. */
  killPayment(): Promise<void>;
  /** Messages that the payment service works on now. */
  payingCount(): number;
  /** Orders that are committed and not paid yet. */
  unpaidCount(): number;
}
