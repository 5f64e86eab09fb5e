/** Which messages of the retained past to send again. */
export interface ReplayFilter {
  /** Written at or after this time, in milliseconds since the Unix epoch, by the database's clock. */
  readonly from: number;
  /** Written before this time. What is written after the replay began is left out anyway. */
  readonly to: number;
  /** Only these types. @default all */
  readonly types?: readonly string[];
  /** Only these keys. @default all */
  readonly keys?: readonly string[];
}

export interface ReplayPreview {
  readonly messages: number;
  readonly bytes: number;
  readonly byType: Readonly<Record<string, number>>;
  /** Time of the oldest entry that is still retained; what is older cannot be replayed. `null` when the log is empty. */
  readonly retainedSince: number | null;
}

export interface ReplayStep {
  readonly copied: number;
  /** Read on from here; `null` when all is copied. */
  readonly nextPosition: number | null;
  /** Pass it on to the next step: what was appended after the first step began does not belong to the replay. */
  readonly untilPosition: number;
}

/** Sends messages of the past again: same ids, at the end of the log, in their old order. */
export interface ReplayStore {
  preview(filter: ReplayFilter): Promise<ReplayPreview>;
  /** Copies up to `limit` matching entries of the range to the end of the log, in one transaction. */
  copy(filter: ReplayFilter, range: ReplayRange): Promise<ReplayStep>;
}

export interface ReplayRange {
  readonly afterPosition: number;
  /** @default the last position of the log when the step begins */
  readonly untilPosition?: number;
  readonly limit: number;
}
