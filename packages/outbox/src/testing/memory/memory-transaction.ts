import { UnknownDestinationError } from '../../errors/unknown-destination-error.ts';
import { laneHash } from '../../sqlite/lane-hash.ts';
import type { LogRecord } from '../../store/log-record.ts';
import type { MemoryDatabase, StoredDelayed, StoredEntry } from './memory-database.ts';

/**
 * A sender's transaction on a {@link MemoryDatabase}. What it appends has its position at once and is visible when it
 * commits; others that append one of its keys wait until then.
 */
export class MemoryTransaction {
  readonly #database: MemoryDatabase;
  readonly #entries: Omit<StoredEntry, 'commit'>[] = [];
  readonly #delayed: StoredDelayed[] = [];
  readonly #numbers = new Map<string, bigint>();
  readonly #effects: (() => void)[] = [];
  readonly #ended = Promise.withResolvers<void>();
  #state: 'open' | 'failed' | 'ended' = 'open';
  #appending = 0;

  constructor(database: MemoryDatabase) {
    this.#database = database;
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** Resolves when it has committed or rolled back. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** What it has appended that nobody else sees yet. */
  get entries(): readonly Omit<StoredEntry, 'commit'>[] {
    return this.#entries;
  }

  /** Runs `effect` when it commits, at that moment: the caller's own data changes together with the log. */
  onCommit(effect: () => void): void {
    this.#assertOpen();
    this.#effects.push(effect);
  }

  async append(records: readonly LogRecord[]): Promise<void> {
    this.#assertOpen();
    this.#appending += 1;
    try {
      for (const key of keysOf(records)) {
        await this.#database.locks.acquire(this, key);
        this.#assertOpen();
      }
      this.#insert(records);
    } catch (error) {
      if (this.#state === 'open') this.#state = 'failed';
      throw error;
    } finally {
      this.#appending -= 1;
    }
  }

  async commit(): Promise<void> {
    if (this.#state === 'failed') await this.rollback();
    this.#assertOpen();
    if (this.#appending > 0) throw new Error('An append of this transaction is not done: await it before the commit.');
    this.#database.commit(this.#entries, this.#delayed);
    for (const [series, last] of this.#numbers) this.#database.numbers.set(series, last);
    for (const effect of this.#effects) effect();
    this.#end();
  }

  async rollback(): Promise<void> {
    if (this.#state !== 'ended') this.#end();
  }

  #insert(records: readonly LogRecord[]): void {
    const unknown = records.filter(({ destination }) => !this.#database.destinations.has(destination));
    if (unknown.length > 0) throw new UnknownDestinationError([...new Set(unknown.map((one) => one.destination))]);
    const now = this.#database.clock.now();
    for (const given of records) {
      const record = stored(this.#numbered(given));
      if (given.delayMs > 0) {
        const number = this.#database.drawDelayedNumber();
        this.#delayed.push({ number, dueAt: now + given.delayMs, record });
      } else {
        const position = this.#database.drawPosition();
        this.#entries.push({ position, lane: this.#laneOf(record), envelope: record.envelope, createdAt: now });
      }
    }
  }

  /** Its key's lock is held, so nobody else draws a number of the series. */
  #numbered(record: LogRecord): LogRecord {
    const { stream, ...others } = record;
    const { source, key } = record.envelope;
    if (stream === undefined) return record;
    const series = JSON.stringify([source, stream, key]);
    const number = (this.#numbers.get(series) ?? this.#database.numbers.get(series) ?? 0n) + 1n;
    this.#numbers.set(series, number);
    const attributes = { ...record.envelope.attributes, sequence: String(number) };
    return { ...others, envelope: { ...record.envelope, attributes } };
  }

  #laneOf({ destination, envelope }: LogRecord): number {
    const { firstLane, lanes } = this.#database.destinations.get(destination) ?? { firstLane: 0, lanes: 1 };
    return firstLane + (laneHash(envelope.key ?? envelope.id) % lanes);
  }

  #assertOpen(): void {
    if (this.#state === 'open') return;
    throw new Error(`This transaction has ${this.#state}: begin a new one.`);
  }

  #end(): void {
    this.#state = 'ended';
    this.#database.open.delete(this);
    this.#database.locks.releaseAll(this);
    this.#ended.resolve();
  }
}

/** In one order for all, so that two appends do not wait for each other. */
function keysOf(records: readonly LogRecord[]): readonly string[] {
  const keys = records
    .filter(({ delayMs, stream }) => delayMs === 0 || stream !== undefined)
    .map(({ envelope }) => envelope.key);
  return [...new Set(keys)].filter((key) => key !== null).sort();
}

/** A copy, as a database has one: the sender's buffers may be used again. */
function stored(record: LogRecord): LogRecord {
  const { envelope } = record;
  const attributes = Object.freeze(Object.assign(Object.create(null), envelope.attributes));
  return { ...record, delayMs: 0, envelope: Object.freeze({ ...envelope, attributes, body: envelope.body.slice() }) };
}
