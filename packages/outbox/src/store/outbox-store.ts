import type { Finding } from '@holdfast/core';
import type { LeaseStore } from '@holdfast/sql';
import type { WakeUp } from '../wake-up.ts';
import type { HousekeepingStore } from './housekeeping-store.ts';
import type { LaneStore } from './lane-store.ts';
import type { LogWriter } from './log-writer.ts';
import type { ParkingStore } from './parking-store.ts';
import type { ReplayStore } from './replay-store.ts';

/** An outbox's place in a database. `Executor` is what runs statements inside the sender's transaction. */
export interface OutboxStore<Executor> {
  readonly writer: LogWriter<Executor>;
  readonly lanes: LaneStore;
  readonly parking: ParkingStore;
  readonly housekeeping: HousekeepingStore;
  readonly replay: ReplayStore;
  readonly leases: LeaseStore;
  /** Tells the relays of this process that something was sent. */
  readonly wakeUp: WakeUp;
  /** Names this outbox in lease names and logs, e.g. `public.holdfast`. */
  readonly name: string;
  /** Makes sure that the destinations exist with these numbers of lanes. Adding is safe at any time. */
  declareDestinations(destinations: readonly DestinationDeclaration[]): Promise<void>;
  /** Judges the settings that decide whether what was committed survives. */
  preflight(): Promise<readonly Finding[]>;
}

export interface DestinationDeclaration {
  readonly name: string;
  /** How many lanes share its messages; each lane is relayed by one process at a time. @default 1 */
  readonly lanes?: number;
}
