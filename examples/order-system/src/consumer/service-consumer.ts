/** What moves messages from a queue into a service. */
export interface ServiceConsumer {
  readonly name: string;
  /** The types of the events that the service takes in. */
  readonly types: readonly string[];
  /** Messages whose effect was made since the start. */
  readonly appliedCount: number;
  /** Messages that came again since the start, and were dropped. */
  readonly duplicateCount: number;
  /** Messages that it has taken and that are not settled, or that it has handed back for later. */
  readonly unsettledCount: number;
  start(): void;
  stop(): Promise<void>;
}
