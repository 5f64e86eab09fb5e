import type { QueueRecord } from './queue-record.ts';

export interface PullOrder {
  readonly queue: QueueRecord;
  readonly max: number;
  /** How many places those that came back have, ahead of what is new. They get the places that are left in any case. */
  readonly returnedShare: number;
  /** What the previous pull of this process said; `null` looks at everything. */
  readonly marks: PullMarks | null;
}

/** Below these there is nothing to find. They only grow, and save a pull from walking over what others have settled. */
export interface PullMarks {
  /** Due time of the oldest claim, in milliseconds on the database's clock. */
  readonly dueFrom: number;
  /** Position of the oldest message that is not settled. */
  readonly low: number;
}

export interface PulledRow {
  readonly position: number;
  readonly deliveryCount: number;
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly key: string | null;
  /** As it is stored. */
  readonly attributes: string;
  readonly body: Uint8Array;
}

export interface PulledBatch {
  /** Names the claim on all rows; never given again. */
  readonly claim: number;
  readonly rows: readonly PulledRow[];
  readonly marks: PullMarks | null;
  /** There is more that came back, or more to look at, than one pull looks at. */
  readonly more: boolean;
}

/** Positions of one claim. */
export interface ClaimedPositions {
  readonly claim: number;
  readonly positions: readonly number[];
}

export interface AckedPositions extends ClaimedPositions {
  /** These are all that the claim had when it was made. */
  readonly isWhole: boolean;
}

/** Gives positions a claim of their own, or the whole claim another end. */
export interface ClaimMove extends ClaimedPositions {
  /** From now, on the database's clock. */
  readonly dueInMs: number;
  /** `false` hands them back: nobody holds the new claim. */
  readonly leased: boolean;
  /** Whether this delivery is not to be counted. */
  readonly uncounted: boolean;
}

/** A dead letter's new columns. */
export interface DeadLetterMove {
  readonly claim: number;
  readonly position: number;
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly attributes: string;
}

/**
 * Who works on what. Every call but `pull` is conditional on the claim, which must be there and not be due by the
 * database's clock: what a late holder asks for does not happen, and is missing in the answer.
 */
export interface ClaimStore {
  pull(order: PullOrder): Promise<PulledBatch>;
  /** Removes messages for good; returns which. */
  ack(queue: QueueRecord, claims: readonly AckedPositions[]): Promise<readonly ClaimedPositions[]>;
  /** Returns the claim that the positions have now; an extended claim that is moved as a whole keeps its name. */
  move(queue: QueueRecord, move: ClaimMove): Promise<ClaimedPositions>;
  /** Moves a message to the dead-letter queue, at once in both. */
  deadLetter(queue: QueueRecord, move: DeadLetterMove): Promise<boolean>;
}
