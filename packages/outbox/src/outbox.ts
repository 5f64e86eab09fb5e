import {
  type Clock,
  type Enqueuer,
  type Finding,
  integerOption,
  type OutgoingMessage,
  SystemClock,
} from '@holdfast/core';
import { RecordFactory, type RecordFactoryOptions } from './record-factory.ts';
import { assertWithinWindow, type Replay, replay } from './replay.ts';
import type { OutboxStats } from './store/housekeeping-store.ts';
import type { DestinationDeclaration, OutboxStore } from './store/outbox-store.ts';
import type { ParkedAction, ParkedMessage, ParkedSelector } from './store/parked-message.ts';
import type { ParkedQuery } from './store/parking-store.ts';
import type { ReplayFilter, ReplayPreview } from './store/replay-store.ts';

export interface OutboxOptions<Tx, Executor> extends RecordFactoryOptions {
  readonly store: OutboxStore<Executor>;
  /** What the service's transactions are: `new PgTransactions()`, `new KyselyTransactions({ … })`, … */
  readonly transactions: { executor(tx: Tx): Executor };
  /** Tells relays in other processes that something was sent. @default they find out by polling */
  readonly notifier?: { notify(): void };
  /**
   * How long all consumers remember a message, in milliseconds: the shortest `retentionMs` of their inboxes. A replay
   * does not reach further back unless told. @default 15 days, as that of an inbox
   */
  readonly dedupWindowMs?: number;
}

const DEDUP_WINDOW_MS = 15 * 86_400_000;

/**
 * Sends messages inside the transactions of a service: they are published if and only if the transaction commits, at
 * least once, and in commit order per key. Publishing is the {@link Relay}'s part, in this process or another.
 */
export class Outbox<Tx, Executor = unknown> implements Enqueuer<Tx> {
  readonly #store: OutboxStore<Executor>;
  readonly #transactions: { executor(tx: Tx): Executor };
  readonly #notifier: { notify(): void } | undefined;
  readonly #records: RecordFactory;
  readonly #dedupWindowMs: number;
  readonly #clock: Clock;

  constructor({ store, transactions, notifier, dedupWindowMs, ...encoding }: OutboxOptions<Tx, Executor>) {
    this.#store = store;
    this.#transactions = transactions;
    this.#notifier = notifier;
    this.#records = new RecordFactory(encoding);
    this.#dedupWindowMs = integerOption('dedupWindowMs', dedupWindowMs, { min: 0, default: DEDUP_WINDOW_MS });
    this.#clock = encoding.clock ?? new SystemClock();
  }

  /**
   * Writes messages in the caller's transaction, by one statement. Returns their ids.
   * With keys it holds the commit-order lock of each key until the transaction ends: other transactions that send the
   * same key wait.
   * @throws NotInTransactionError, InvalidMessageError, MessageTooLargeError, TooManyMessagesError before anything is
   *   written; UnknownDestinationError or the driver's error when the statement failed: roll back then.
   */
  async send(tx: Tx, messages: OutgoingMessage | readonly OutgoingMessage[]): Promise<readonly string[]> {
    const executor = this.#transactions.executor(tx);
    const records = this.#records.records(isList(messages) ? messages : [messages]);
    if (records.length === 0) return [];
    await this.#store.writer.append(executor, records);
    this.wakeUp();
    return records.map(({ envelope }) => envelope.id);
  }

  /** {@link send} as the port that inbox and saga use. */
  async enqueue(tx: Tx, messages: readonly OutgoingMessage[]): Promise<void> {
    await this.send(tx, messages);
  }

  /** Makes relays look at once. `send` does it already; worth calling after a commit that came long after the `send`. */
  wakeUp(): void {
    this.#store.wakeUp.signal();
    this.#notifier?.notify();
  }

  /**
   * Makes sure that the destinations exist. To be called when the service starts; the same again changes nothing.
   * @throws LaneChangeRefusedError when a number of lanes is to change while messages wait
   */
  declareDestinations(destinations: readonly DestinationDeclaration[]): Promise<void> {
    return this.#store.declareDestinations(destinations);
  }

  /** Judges the settings of the database that decide whether what was committed survives. */
  preflight(): Promise<readonly Finding[]> {
    return this.#store.preflight();
  }

  /** What waits, at a cost that does not grow with the backlog. */
  stats(): Promise<OutboxStats> {
    return this.#store.housekeeping.stats();
  }

  /** Messages that stand aside, oldest first. */
  parked(query: ParkedQuery = {}): Promise<readonly ParkedMessage[]> {
    return this.#store.parking.list(query);
  }

  /**
   * Has parked messages published again (`redrive`) or removed (`discard`) by the relay that holds their lane, in order.
   * Returns how many were marked; `parked()` shows what is not done yet.
   * @throws ParkedRequestRefusedError for a message that waits behind another of its key
   */
  request(action: ParkedAction, selector: ParkedSelector): Promise<number> {
    return this.#store.parking.request(selector, action);
  }

  /** What {@link replay} would send again. */
  previewReplay(filter: ReplayFilter): Promise<ReplayPreview> {
    return this.#store.replay.preview(filter);
  }

  /**
   * Sends messages of the retained past again, with the ids that they had: consumers that deduplicate drop what they know.
   * @throws ReplayRefusedError when that includes messages older than `dedupWindowMs`, unless `beyondDedupWindow` is said
   */
  async replay(filter: ReplayFilter, options: Replay = {}): Promise<number> {
    const window = { dedupWindowMs: this.#dedupWindowMs, now: this.#clock.now() };
    if (options.beyondDedupWindow !== true) await assertWithinWindow(this.#store.replay, filter, window);
    const copied = await replay(this.#store.replay, filter, options);
    if (copied > 0) this.wakeUp();
    return copied;
  }
}

function isList(messages: OutgoingMessage | readonly OutgoingMessage[]): messages is readonly OutgoingMessage[] {
  return Array.isArray(messages);
}
