import {
  booleanOption,
  type Clock,
  type Envelope,
  integerOption,
  type PublishOptions,
  type QueueReader,
  type Random,
  type Receipt,
  SystemClock,
  SystemRandom,
} from '@holdfast/core';
import { Migrator, type PostgresDatabase, type SqliteDatabase, TableNames } from '@holdfast/sql';
import type { DeadLetter } from '../dead-letter/dead-letter.ts';
import { TransportClosedError } from '../errors/transport-closed-error.ts';
import { TransportUnavailableError } from '../errors/transport-unavailable-error.ts';
import { UnknownQueueError } from '../errors/unknown-queue-error.ts';
import type { Transport } from '../transport.ts';
import { postgresOutcome, sqliteOutcome } from './database-failure.ts';
import { DeadLetters, type SqlDeadLettersOptions, type SqlRedriveOptions } from './dead-letters.ts';
import { SqlPublisher } from './publishing/sql-publisher.ts';
import { queueStoreOf } from './queue-store-of.ts';
import { PollPace } from './reading/poll-pace.ts';
import { QueueChannel } from './reading/queue-channel.ts';
import { QueueTaker } from './reading/queue-taker.ts';
import { SqlQueueReader } from './reading/sql-queue-reader.ts';
import { type SqlQueueDeclaration, sqlQueueProperties } from './sql-queue-properties.ts';
import type { SqlQueueStats } from './store/dead-letter-store.ts';
import type { QueueRecord } from './store/queue-record.ts';
import type { QueueStore } from './store/queue-store.ts';
import { WakeUp } from './wake-up.ts';

export interface SqlTransportOptions {
  /** The caller's; it is never closed here. Its timeouts bound every wait. */
  readonly database: PostgresDatabase | SqliteDatabase;
  /** @default the prefix `holdfast` without a schema */
  readonly names?: TableNames;
  /**
   * Prepares the statements that publish, pull and ack, once per connection (PostgreSQL). Switch off behind a proxy that pools
   * by transaction and does not know prepared statements (pgbouncer before 1.21). @default true
   */
  readonly preparedStatements?: boolean;
  /** Largest body in bytes. @default 262_144 */
  readonly maxMessageBytes?: number;
  /** The shortest pause between two looks into an empty queue that somebody waits for. @default 10 */
  readonly pollMinMs?: number;
  /** The longest one. @default 250 */
  readonly pollMaxMs?: number;
  /** Told of every append, to wake readers in other processes: {@link PostgresQueueNotifier}. */
  readonly notifier?: { notify(): void };
  readonly clock?: Clock;
  readonly random?: Random;
}

/**
 * Durable queues in the caller's database, PostgreSQL 15 or newer or SQLite: a log with claims. `accepted` means committed.
 * `publish` is atomic per statement, and so per message in all its queues. Leases are by the database's clock, and every
 * settlement is conditional on the claim, so a holder that is late can settle nothing. What a pull costs does not depend on
 * what waits, what was settled, or how many keys there are.
 *
 * Everything but `publish` rejects with SchemaMismatchError when the tables are not there: apply
 * {@link postgresQueueMigrations} or {@link sqliteQueueMigrations}.
 */
export class SqlTransport implements Transport {
  readonly #store: QueueStore;
  readonly #migrator: Migrator;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #poll: { readonly minMs: number; readonly maxMs: number };
  readonly #publisher: SqlPublisher;
  readonly #wakeUp: WakeUp;
  readonly #unsubscribe: () => void;
  readonly #queues = new Map<string, Promise<QueueRecord>>();
  readonly #channels = new Map<number, QueueChannel>();
  #checked: Promise<void> | null = null;
  #closing: Promise<void> | null = null;

  constructor({ database, names = new TableNames(), notifier, ...options }: SqlTransportOptions) {
    const prepared = booleanOption('preparedStatements', options.preparedStatements, true);
    this.#store = queueStoreOf(database, names, { prepared });
    this.#migrator = new Migrator({ database, names, sets: [this.#store.migrations] });
    this.#clock = options.clock ?? new SystemClock();
    this.#random = options.random ?? new SystemRandom();
    const maxMs = integerOption('pollMaxMs', options.pollMaxMs, { min: 1, max: 60_000, default: 250 });
    const minMs = integerOption('pollMinMs', options.pollMinMs, { min: 1, max: maxMs, default: Math.min(10, maxMs) });
    this.#poll = { minMs, maxMs };
    this.#wakeUp = WakeUp.of(database);
    this.#unsubscribe = this.#wakeUp.subscribe((queueId) => this.#nudge(queueId));
    this.#publisher = new SqlPublisher({
      prepare: () => this.check(),
      append: (envelopes) => this.#store.log.append(envelopes),
      maxMessageBytes: integerOption('maxMessageBytes', options.maxMessageBytes, {
        min: 1,
        max: 67_108_864,
        default: 262_144,
      }),
      outcomeOf: database.dialect === 'postgresql' ? postgresOutcome : sqliteOutcome,
      onAppended: (queueIds) => {
        for (const queueId of queueIds) this.#wakeUp.signal(queueId);
        if (queueIds.length > 0) notifier?.notify();
      },
    });
  }

  /** For start-up. Every other call does it once, too. @throws SchemaMismatchError */
  check(): Promise<void> {
    this.#checked ??= this.#migrator.check().catch((error: unknown) => {
      this.#checked = null;
      throw error;
    });
    return this.#checked;
  }

  /** Creates the queue and its dead-letter queue, also when several processes do. @throws QueueMismatchError, InvalidOptionError */
  async declare(declaration: SqlQueueDeclaration): Promise<void> {
    const properties = sqlQueueProperties(declaration);
    await this.#reach(`declare "${properties.queue}"`, () => this.#store.catalogue.declare(properties));
  }

  publish(batch: readonly Envelope[], options?: PublishOptions): Promise<readonly Receipt[]> {
    return this.#publisher.publish(batch, options);
  }

  reader(queue: string): QueueReader {
    return new SqlQueueReader(async (request) => {
      const channel = await this.#channelOf(queue);
      return this.#closing === null ? channel.pull(request) : [];
    });
  }

  /** @throws UnknownQueueError */
  async stats(queue: string): Promise<SqlQueueStats> {
    const record = await this.#find(queue);
    return this.#reach(`stats of "${queue}"`, () => this.#store.deadLetters.stats(record));
  }

  /** Lists the dead letters of a queue without taking them, the oldest first; without those that a reader holds. @throws UnknownQueueError */
  async deadLetters(queue: string, options: SqlDeadLettersOptions = {}): Promise<readonly DeadLetter[]> {
    const letters = new DeadLetters(await this.#find(queue), this.#store.deadLetters);
    return this.#reach(`dead letters of "${queue}"`, () => letters.list(options));
  }

  /** Moves dead letters back to the end of their queue, as they were sent. Returns how many. @throws UnknownQueueError */
  async redrive(queue: string, options: SqlRedriveOptions = {}): Promise<number> {
    const record = await this.#find(queue);
    const letters = new DeadLetters(record, this.#store.deadLetters);
    const moved = await this.#reach(`redrive "${queue}"`, () => letters.redrive(options));
    if (moved > 0) this.#wakeUp.signal(record.id);
    return moved;
  }

  /** Looks into all queues that somebody waits for: for a wake-up from outside, such as {@link PostgresQueueListener}. */
  wake(): void {
    this.#nudge(null);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const publishing = this.#publisher.close();
    await Promise.all([publishing, ...[...this.#channels.values()].map((channel) => channel.close())]);
    this.#unsubscribe();
  }

  /** Pulls that begin together wait for one answer, and so keep their order. */
  #find(queue: string): Promise<QueueRecord> {
    const finding = this.#queues.get(queue) ?? this.#lookUp(queue);
    this.#queues.set(queue, finding);
    return finding;
  }

  async #lookUp(queue: string): Promise<QueueRecord> {
    try {
      const found = await this.#reach(`find "${queue}"`, () => this.#store.catalogue.find(queue));
      if (found === null) throw new UnknownQueueError(queue);
      return found;
    } catch (error) {
      this.#queues.delete(queue);
      throw error;
    }
  }

  async #channelOf(name: string): Promise<QueueChannel> {
    this.#assertOpen(`pull from "${name}"`);
    const queue = await this.#find(name);
    const channel = this.#channels.get(queue.id) ?? this.#openChannel(queue);
    this.#channels.set(queue.id, channel);
    return channel;
  }

  #openChannel(queue: QueueRecord): QueueChannel {
    const taker = new QueueTaker({
      queue,
      claims: this.#store.claims,
      clock: this.#clock,
      assertOpen: (activity) => this.#assertOpen(activity),
      onReturned: (queueId) => this.#wakeUp.signal(queueId),
    });
    const pace = new PollPace({ ...this.#poll, random: this.#random });
    return new QueueChannel({ queueName: queue.name, taker, clock: this.#clock, pace });
  }

  #nudge(queueId: number | null): void {
    if (queueId !== null) this.#channels.get(queueId)?.nudge();
    else for (const channel of this.#channels.values()) channel.nudge();
  }

  #assertOpen(activity: string): void {
    if (this.#closing !== null) throw new TransportClosedError(activity);
  }

  /** Errors of ours that say what is wrong stay as they are; a database that fails is a broker that is not available. */
  async #reach<Result>(activity: string, act: () => Promise<Result>): Promise<Result> {
    this.#assertOpen(activity);
    try {
      await this.check();
      return await act();
    } catch (cause) {
      if (isAnswer(cause)) throw cause;
      throw new TransportUnavailableError(activity, { cause });
    }
  }
}

function isAnswer(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return code === 'ERR_TRANSPORTS_QUEUE_MISMATCH' || code === 'ERR_SQL_SCHEMA_MISMATCH';
}
