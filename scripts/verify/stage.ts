/** How many checks or tests a stage ran, by outcome. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** One rule that was checked; it holds when there are no problems. Each problem is a line that says where and what to do. */
export interface Finding {
  readonly check: string;
  readonly problems: readonly string[];
}

export interface StageContext {
  /** File filters for vitest. */
  readonly filters: readonly string[];
}

export interface Stage {
  readonly name: string;
  readonly title: string;
  /** Stages without whose success this one says nothing. */
  readonly needs: readonly string[];
  run(context: StageContext): Promise<Tally>;
}
