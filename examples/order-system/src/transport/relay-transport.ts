import type { Publisher } from '@holdfast/core';

/** The transport as the relay's process has it. */
export interface RelayTransport {
  readonly publisher: Publisher;
  /** To be called when the relay has stopped. */
  close(): Promise<void>;
}
