/** The part of the relay's process that a transport may need to lose its answers. */
export interface RelayControl {
  /**
   * From now on receipts get to the process and not to the relay in it, as long as the process lives. Resolves when this has
   * happened to an accepted message.
   */
  withholdReceipts(): Promise<void>;
}

/** What can be done to a transport. */
export interface TransportFaults {
  /** Takes it down for everybody, or up again. */
  setAvailable(available: boolean): Promise<void>;
  /**
   * From now on the broker takes what the relay publishes, and what it answers gets lost. Resolves when this has happened to
   * a message. The relay is killed next.
   */
  loseAnswers(relay: RelayControl): Promise<void>;
  /** Answers get through again. To be called when the relay is dead. */
  restoreAnswers(): void;
}
