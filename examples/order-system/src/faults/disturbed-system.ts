/** What a fault script disturbs, and what it has to see of it. */
export interface DisturbedSystem {
  /** Takes the transport down for everybody, or up again. */
  setAvailable(available: boolean): Promise<void>;
  /** From now on the broker takes what the relay publishes, and what it answers gets lost. Resolves when a message was taken. */
  loseAnswers(): Promise<void>;
  /** `kill -9`. Resolves when the relay is dead; the next one gets its answers. */
  killRelay(): Promise<void>;
  /** Messages that are committed, and that the relay has not recorded as sent. */
  unsentCount(): Promise<number>;
}
