/** Which messages of the retained past to send again. */
export interface ReplayFilter {
  /** Written at or after this time, in milliseconds since the Unix epoch, by the database's clock. */
  readonly from: number;
  /** Written before this time; not later than the start of the replay. */
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
}

/** Sends messages of the past again: same ids, at the end of the log, in their old order. */
export interface ReplayStore {
  preview(filter: ReplayFilter): Promise<ReplayPreview>;
  /** Copies up to `limit` matching entries above `position` and up to `untilPosition` to the end of the log, in one transaction. */
  copy(filter: ReplayFilter, range: ReplayRange): Promise<ReplayStep>;
}

export interface ReplayRange {
  readonly afterPosition: number;
  readonly limit: number;
}
