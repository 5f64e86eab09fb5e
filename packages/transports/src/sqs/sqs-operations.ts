import type { FailedEntry } from '../aws/aws-failure.ts';
import type { OutgoingEntry } from '../aws/outgoing-entry.ts';

/** The requests about queues that we use. */
export interface QueueOperations {
  /** Finds the queue with exactly these attributes, or makes it with these tags. Returns its URL. */
  create(queue: NewQueue): Promise<string>;
  /** `null` when there is none. */
  urlOf(sqsName: string): Promise<string | null>;
  attributesOf(url: string): Promise<Readonly<Record<string, string>>>;
  tagsOf(url: string): Promise<Readonly<Record<string, string>>>;
  /** URLs of all queues whose names begin so. */
  list(prefix: string): Promise<readonly string[]>;
}

/** The requests about messages that we use. Those about several messages take at most ten. */
export interface MessageOperations {
  /** One result per entry: `null` for done. */
  send(url: string, entries: readonly OutgoingEntry[]): Promise<readonly (FailedEntry | null)[]>;
  receive(url: string, request: ReceiveRequest): Promise<readonly ReceivedMessage[]>;
  /**
   * One result per receipt handle: `null` for done.
   * @param withinMs After this long it must not happen any more: the client's own attempts end.
   */
  remove(url: string, receiptHandles: readonly string[], withinMs: number): Promise<readonly (FailedEntry | null)[]>;
  /** One result per change: `null` for done. */
  changeVisibility(url: string, changes: readonly VisibilityChange[]): Promise<readonly (FailedEntry | null)[]>;
}

export interface NewQueue {
  readonly sqsName: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
}

export interface ReceiveRequest {
  /** At most ten. */
  readonly max: number;
  /** At most twenty. */
  readonly waitSeconds: number;
  readonly visibilitySeconds: number;
  /** Of a FIFO queue: a request that is tried again under the same name gets what the lost answer held. */
  readonly attemptId: string | null;
}

export interface ReceivedMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  /** Those of type `String`. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly receiveCount: number;
  /** `null` outside FIFO. */
  readonly group: string | null;
}

export interface VisibilityChange {
  readonly receiptHandle: string;
  readonly visibilitySeconds: number;
}
