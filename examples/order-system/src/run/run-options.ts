import type { ChargeFaultEvent } from '../faults/charge-fault-script.ts';
import type { FaultEvent } from '../faults/fault-script.ts';
import type { BadLine } from '../orders-input/order-line.ts';
import type { OrderSource } from '../orders-input/order-source.ts';
import type { RelayProcessEvent } from '../relay-process/relay-process.ts';
import type { TransportName } from '../transport/transport-name.ts';
import type { DataFolder } from './data-folder.ts';

/** What happens in a run. */
export type RunEvent =
  | FaultEvent
  | ChargeFaultEvent
  | RelayProcessEvent
  /** Where orders are taken over HTTP. */
  | { readonly type: 'listening'; readonly url: string }
  | { readonly type: 'consumer-failed'; readonly consumer: string; readonly error: unknown };

/** How far a run has come. */
export interface RunStatus {
  readonly offered: number;
  readonly orderCount: number;
  readonly applied: readonly { readonly consumer: string; readonly count: number }[];
  readonly duplicates: number;
}

export interface RunOptions {
  readonly source: OrderSource;
  readonly transport: TransportName;
  readonly folder: DataFolder;
  /** Of the provider's moods. */
  readonly seed: number;
  readonly onEvent: (event: RunEvent) => void;
  /** Told often. */
  readonly onStatus: (status: RunStatus) => void;
  readonly onRejected: (line: BadLine) => void;
  readonly signal: AbortSignal;
}
