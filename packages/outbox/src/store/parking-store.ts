import type { LaneClaim } from './lane-store.ts';
import type { LogEntry } from './log-page.ts';
import type { ParkedAction, ParkedMessage, ParkedRequest, ParkedSelector } from './parked-message.ts';

export interface ParkedQuery {
  /** @default 100 */
  readonly limit?: number;
  /** Only this key. */
  readonly key?: string;
}

/** What came of a request for one key (or one message without a key). */
export interface ParkedResolution {
  /** Published or discarded: leave the parking. */
  readonly done: readonly LogEntry[];
  /** The first that was refused again, now (or still) the one that holds its key back. */
  readonly refused: { readonly entry: LogEntry; readonly reason: string } | null;
}

/** Messages that stand aside. Operators ask here; the lane's holder does, so that order is kept. */
export interface ParkingStore {
  /** Oldest first. */
  list(query: ParkedQuery): Promise<readonly ParkedMessage[]>;
  /**
   * Marks parked messages to be published again or removed, and returns how many. Asking for one message of a key
   * to be discarded lets those behind it be redriven as well; a request for a `behind` message alone is refused.
   */
  request(selector: ParkedSelector, action: ParkedAction): Promise<number>;
  /** The requests of a lane that are not done, in order of position, at most `limit`. */
  requests(claim: LaneClaim, limit: number): Promise<readonly ParkedRequest[]>;
  /**
   * Records what came of requests; requests of the refused message's key are withdrawn. `null` when a newer token has
   * claimed the lane, else the keys that hold nothing back any more.
   */
  resolve(claim: LaneClaim, resolution: ParkedResolution): Promise<readonly string[] | null>;
}
