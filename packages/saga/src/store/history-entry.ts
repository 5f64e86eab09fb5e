/** What moved an instance. */
export type HistoryCause = 'event' | 'timer' | 'operator' | 'migration';

/** One entry of an instance's history. */
export interface HistoryEntry {
  /** From 1, without gaps. */
  readonly number: number;
  readonly cause: HistoryCause;
  /** The event's type, the timer's name, the operator's action. */
  readonly name: string;
  readonly messageSource: string | null;
  readonly messageId: string | null;
  /** `null`: it began. */
  readonly from: string | null;
  readonly to: string;
  /** Of the guard. */
  readonly label: string | null;
  /** What changed in the data, as JSON: a list of {@link DataChange}, redacted. */
  readonly changes: string;
  /** What was sent, as JSON: a list of `{ type, id }`. */
  readonly sent: string;
  /** Of an operator's action or a migration. */
  readonly actor: string | null;
  readonly reason: string | null;
}
