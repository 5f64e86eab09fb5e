/** What moves messages from a queue into a service. */
export interface ServiceConsumer {
  readonly name: string;
  /** The types of the events that the service takes in. */
  readonly types: readonly string[];
  /** Messages whose effect was made since the start. */
  readonly appliedCount: number;
  /** Messages that came again since the start, and were dropped. */
  readonly duplicateCount: number;
  start(): void;
  stop(): Promise<void>;
}
