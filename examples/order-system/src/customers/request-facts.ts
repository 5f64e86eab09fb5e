/** What customers saw of the order service. */
export interface RequestFacts {
  /** Orders that were placed by requests. */
  readonly orders: number;
  /** Requests with a key that had been sent before. */
  readonly repeated: number;
  /** Of those, answered with the first answer. */
  readonly replayed: number;
  /** Of those, answered with 409, because the first was being worked on. */
  readonly inProgress: number;
  /** Requests that were given up without an answer, and sent again. */
  readonly givenUp: number;
  /** Requests with another order under a used key. */
  readonly reused: number;
  /** Of those, refused with 422. */
  readonly reuseRefused: number;
  /** Answers that differ from the first one with the same key. */
  readonly wrongAnswers: number;
}
