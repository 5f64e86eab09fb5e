/** A declared queue or dead-letter queue. Nothing of it ever changes, so it may be kept. */
export interface QueueRecord {
  readonly id: number;
  readonly name: string;
  readonly leaseMs: number;
  /** Whether a message holds back the later ones of its key until it is settled. */
  readonly ordered: boolean;
  /** Where dead letters go; `null` on a dead-letter queue, which keeps its own. */
  readonly deadLetterId: number | null;
}
