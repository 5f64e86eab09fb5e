import type { CatalogueFaultEvent } from '../faults/catalogue-fault-script.ts';
import type { ChargeFaultEvent } from '../faults/charge-fault-script.ts';
import type { FaultEvent } from '../faults/fault-script.ts';
import type { BadLine } from '../orders-input/order-line.ts';
import type { OrderSource } from '../orders-input/order-source.ts';
import type { RelayProcessEvent } from '../relay-process/relay-process.ts';
import type { TransportName } from '../transport/transport-name.ts';
import type { DataFolder } from './data-folder.ts';
import type { SagaCounts } from './service-books.ts';

/** What happens in a run. */
export type RunEvent =
  | FaultEvent
  | ChargeFaultEvent
  | CatalogueFaultEvent
  | RelayProcessEvent
  /** Orders that were accepted while the product service was away, or that name a product that nobody knows. */
  | { readonly type: 'reviewed'; readonly released: number; readonly cancelled: number }
  /** Something could not be undone, as often as it was asked for: a person has to look. */
  | { readonly type: 'compensation-failed'; readonly state: string; readonly orders: number; readonly example: string }
  /** The person has removed the cause, and lets these orders go on. */
  | { readonly type: 'compensation-resumed'; readonly state: string; readonly orders: number }
  /** Where orders are taken over HTTP. */
  | { readonly type: 'listening'; readonly url: string }
  | { readonly type: 'consumer-failed'; readonly consumer: string; readonly error: unknown };

/** How far a run has come. */
export interface RunStatus {
  readonly offered: number;
  readonly orderCount: number;
  readonly applied: readonly { readonly consumer: string; readonly count: number }[];
  readonly duplicates: number;
  readonly sagas: SagaCounts;
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
