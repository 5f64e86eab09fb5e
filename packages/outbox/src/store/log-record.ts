import type { Envelope } from '@holdfast/core';

/** One message as `send` hands it to a store. */
export interface LogRecord {
  readonly envelope: Envelope;
  /** Name of the destination whose lanes carry it. */
  readonly destination: string;
  /** Enters the log not before this many milliseconds from now, by the database's clock. */
  readonly delayMs: number;
  /** The stream that the writer numbers it in, per source and key; then it has a key, and no attribute `sequence` yet. */
  readonly stream?: string;
}
