import {
  type Clock,
  type Delivery,
  decodeAttributes,
  type Envelope,
  encodeAttributes,
  integerOption,
  isHoldfastError,
  LeaseLostError,
  numberOption,
  type PublishOptions,
  type PullOptions,
  type QueueDeclaration,
  type QueueReader,
  quoted,
  type Receipt,
  SystemClock,
  stringOption,
  summarizeError,
  UuidV7Ids,
} from '@holdfast/core';
import {
  markDeadLetter,
  QueueMismatchError,
  type Transport,
  TransportClosedError,
  TransportUnavailableError,
  UnknownQueueError,
} from '@holdfast/transports/memory';
import Database from 'better-sqlite3';

const maxMessageBytes = 1_000_000;
const maxDelayMs = 1_000_000_000_000;
const pollMs = 25;

const schema = `
  create table if not exists queue (name text primary key, types text, deadLetterQueue text, leaseMs integer not null);
  create table if not exists message (
    position integer primary key autoincrement, queue text not null,
    id text not null, source text not null, type text not null, key text, attributes text not null, body blob not null,
    readyAt real not null default 0, deliveries integer not null default 0, holder text
  );
  create index if not exists message_by_key on message (queue, key, position);`;

interface QueueRow {
  readonly types: string | null;
  readonly deadLetterQueue: string | null;
  readonly leaseMs: number;
}

interface MessageRow extends Omit<Envelope, 'attributes'> {
  readonly position: number;
  readonly queue: string;
  readonly attributes: string;
  readonly deliveries: number;
}

/** Why this transport cannot carry a message: SQLite would change text that is not Unicode. */
function problemOf({ id, source, type, key, body }: Envelope): string | null {
  if (body.length > maxMessageBytes) return `The body has ${body.length} bytes, the limit is ${maxMessageBytes}.`;
  return [id, source, type, key ?? ''].every((text) => text.isWellFormed()) ? null : 'A name has lone surrogates.';
}

/** @throws MalformedMessageError */
function envelopeOf({ id, source, type, key, attributes, body }: MessageRow): Envelope {
  return { id, source, type, key, attributes: decodeAttributes(attributes), body };
}

/** The file as one client has it. Each method is one transaction. */
class QueueFile {
  readonly clock: Clock;
  readonly #database: Database.Database;
  readonly #holder = new UuidV7Ids().next();
  readonly #closing = new AbortController();

  constructor(database: Database.Database, clock: Clock) {
    this.clock = clock;
    this.#database = database;
    database.exec(schema);
  }

  /** Aborted when the client closes. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  declare(name: string, declared: QueueRow): void {
    this.#transaction(`declare "${name}"`, () => {
      const found = this.#find(name);
      for (const property of ['types', 'deadLetterQueue', 'leaseMs'] as const) {
        const [existing, given] = [String(found?.[property]), String(declared[property])];
        if (found === undefined || existing === given) continue;
        throw new QueueMismatchError({ queue: name, property, existing, declared: given });
      }
      const insert = this.#database.prepare('insert into queue values (?, ?, ?, ?) on conflict do nothing');
      insert.run(declared.deadLetterQueue, null, null, declared.leaseMs);
      insert.run(name, declared.types, declared.deadLetterQueue, declared.leaseMs);
    });
  }

  /** Takes the whole batch but for what is rejected, or nothing. */
  add(batch: readonly Envelope[]): readonly Receipt[] {
    const bound = "select name from queue where exists (select 1 from json_each(types) where value in (?, '*'))";
    return this.#transaction('publish', () =>
      batch.map((envelope): Receipt => {
        const problem = problemOf(envelope);
        const queues = problem === null ? this.#database.prepare(bound).pluck().all(envelope.type) : [];
        for (const queue of queues) this.#insert(String(queue), envelope);
        if (queues.length > 0) return { outcome: 'accepted' };
        return { outcome: 'rejected', reason: problem ?? `No queue binds type ${quoted(envelope.type)}.` };
      }),
    );
  }

  /** Leases what is ready and has nothing of its key before it. */
  take(queue: string, max: number): { readonly rows: readonly MessageRow[]; readonly leaseMs: number } {
    const lease = `update message set holder = ?, deliveries = deliveries + 1, readyAt = ? where position in (
        select position from message as one where queue = ? and readyAt <= ? and (key is null or not exists (
          select 1 from message as earlier
          where earlier.queue = one.queue and earlier.key = one.key and earlier.position < one.position))
        order by position limit ?) returning *`;
    return this.#transaction(`pull from "${queue}"`, () => {
      const found = this.#find(queue);
      if (found === undefined) throw new UnknownQueueError(queue);
      const now = this.clock.now();
      const statement = this.#database.prepare<unknown[], MessageRow>(lease);
      const rows = statement.all(this.#holder, now + found.leaseMs, queue, now, max);
      return { rows, leaseMs: found.leaseMs };
    });
  }

  /** Deletes a leased message. @throws LeaseLostError */
  settle(row: MessageRow): void {
    this.#transaction('ack', () => this.#changeHeld(row, 'delete from message'));
  }

  /** Moves a leased message to the dead-letter queue, or to the end of it. @throws LeaseLostError */
  bury(row: MessageRow, envelope: Envelope, reason: string): void {
    const { queue, deliveries: deliveryCount } = row;
    this.#transaction('dead-letter', () => {
      this.#changeHeld(row, 'delete from message');
      const letter = markDeadLetter(envelope, { reason, queue, time: this.clock.now(), deliveryCount });
      this.#insert(this.#find(queue)?.deadLetterQueue ?? queue, letter);
    });
  }

  /** Moves the end of a lease, or ends it. @throws LeaseLostError */
  postpone(row: MessageRow, ms: number, holder: 'holder' | 'null'): void {
    const change = `update message set holder = ${holder}, readyAt = ${this.clock.now() + ms}`;
    this.#transaction('move the end of a lease', () => this.#changeHeld(row, change));
  }

  close(): void {
    if (this.closing.aborted) return;
    try {
      const release = 'update message set holder = null, readyAt = 0 where holder = ?';
      this.#transaction('close', () => this.#database.prepare(release).run(this.#holder));
    } catch {
      // Whoever cannot be told waits for the end of the leases.
    }
    this.#closing.abort();
  }

  /** The number of deliveries is the fencing token: the next holder has another. */
  #changeHeld({ id, position, deliveries }: MessageRow, change: string): void {
    const held = 'where position = ? and deliveries = ? and holder is not null and readyAt > ?';
    const { changes } = this.#database.prepare(`${change} ${held}`).run(position, deliveries, this.clock.now());
    if (changes === 0) throw new LeaseLostError(id);
  }

  #find(name: string): QueueRow | undefined {
    const select = 'select types, deadLetterQueue, leaseMs from queue where name = ?';
    return this.#database.prepare<[string], QueueRow>(select).get(name);
  }

  #insert(queue: string, { id, source, type, key, attributes, body }: Envelope): void {
    this.#database
      .prepare('insert into message (queue, id, source, type, key, attributes, body) values (?, ?, ?, ?, ?, ?, ?)')
      .run(queue, id, source, type, key, encodeAttributes(attributes), body);
  }

  #transaction<T>(activity: string, work: () => T): T {
    if (this.closing.aborted) throw new TransportClosedError(activity);
    try {
      return this.#database.transaction(work).immediate();
    } catch (error) {
      throw error instanceof Database.SqliteError ? new TransportUnavailableError(activity, { cause: error }) : error;
    }
  }
}

class FileDelivery implements Delivery {
  readonly envelope: Envelope;
  readonly deliveryCount: number;
  leaseEndsAt: number;
  readonly #row: MessageRow;
  readonly #file: QueueFile;

  constructor(row: MessageRow, file: QueueFile, leaseMs: number) {
    this.envelope = envelopeOf(row);
    this.deliveryCount = row.deliveries;
    this.leaseEndsAt = file.clock.monotonic() + leaseMs;
    this.#row = row;
    this.#file = file;
  }

  async ack(): Promise<void> {
    this.#file.settle(this.#row);
  }

  async retry(delayMs: number): Promise<void> {
    this.#file.postpone(this.#row, numberOption('delayMs', delayMs, { min: 0, max: maxDelayMs }), 'null');
  }

  async deadLetter(reason: string): Promise<void> {
    this.#file.bury(this.#row, this.envelope, reason);
  }

  async extend(ms: number): Promise<void> {
    this.#file.postpone(this.#row, numberOption('ms', ms, { min: 0, max: maxDelayMs }), 'holder');
    this.leaseEndsAt = this.#file.clock.monotonic() + ms;
  }
}

class FileReader implements QueueReader {
  readonly #file: QueueFile;
  readonly #queue: string;

  constructor(file: QueueFile, queue: string) {
    this.#file = file;
    this.#queue = queue;
  }

  async pull(max: number, { waitMs, signal }: PullOptions): Promise<readonly Delivery[]> {
    integerOption('max', max, { min: 1 });
    const { clock, closing } = this.#file;
    const stop = signal === undefined ? closing : AbortSignal.any([closing, signal]);
    const endsAt = clock.monotonic() + waitMs;
    for (let isFirst = true; isFirst || !stop.aborted; isFirst = false) {
      if (signal?.aborted) return [];
      const deliveries = this.#take(max);
      const leftMs = endsAt - clock.monotonic();
      if (deliveries.length > 0 || leftMs <= 0) return deliveries;
      await clock.sleep(Math.min(pollMs, leftMs), stop);
    }
    return [];
  }

  /** What is no message is moved away, with its bytes and the reason, instead of standing in the way. */
  #take(max: number): readonly Delivery[] {
    for (;;) {
      const { rows, leaseMs } = this.#file.take(this.#queue, max);
      const deliveries = rows.flatMap((row) => {
        try {
          return [new FileDelivery(row, this.#file, leaseMs)];
        } catch (error) {
          if (!isHoldfastError(error, 'ERR_CORE_MALFORMED_MESSAGE')) throw error;
          this.#file.bury(row, { ...row, attributes: Object.create(null) }, error.message);
          return [];
        }
      });
      if (deliveries.length > 0 || rows.length === 0) return deliveries;
    }
  }
}

export class FileTransport implements Transport {
  readonly #file: QueueFile;
  readonly #refusedUpTo = new Map<string, number>();
  #calls = 0;
  #line: Promise<readonly Receipt[]> = Promise.resolve([]);

  /** The caller opens the database, and closes it. */
  constructor(database: Database.Database, clock: Clock = new SystemClock()) {
    this.#file = new QueueFile(database, clock);
  }

  async declare({ queue, types, deadLetterQueue, leaseMs }: QueueDeclaration): Promise<void> {
    const name = stringOption('queue', queue, { maxBytes: 255 });
    for (const type of types) stringOption('types', type, { maxBytes: 255 });
    this.#file.declare(name, {
      types: JSON.stringify([...new Set(types)].sort()),
      deadLetterQueue: stringOption('deadLetterQueue', deadLetterQueue, {
        maxBytes: 255,
        default: `${name}.dead-letter`,
      }),
      leaseMs: integerOption('leaseMs', leaseMs, { min: 1, default: 30_000 }),
    });
  }

  publish(batch: readonly Envelope[], { signal }: PublishOptions = {}): Promise<readonly Receipt[]> {
    this.#calls += 1;
    const call = this.#calls;
    this.#line = this.#line.then(() => this.#publish(call, signal?.aborted ? [] : batch, batch));
    return this.#line;
  }

  reader(queue: string): QueueReader {
    return new FileReader(this.#file, queue);
  }

  async close(): Promise<void> {
    this.#file.close();
  }

  #publish(call: number, wanted: readonly Envelope[], batch: readonly Envelope[]): readonly Receipt[] {
    const sent = wanted.filter(({ key }) => key === null || (this.#refusedUpTo.get(key) ?? 0) < call);
    const answers = this.#add(sent);
    const byMessage = new Map(sent.map((envelope, index) => [envelope, answers[index]]));
    const notSent: Receipt = { outcome: 'unavailable', reason: 'Aborted, or an earlier message of its key failed.' };
    const receipts = batch.map((envelope) => byMessage.get(envelope) ?? notSent);
    // What was handed in up to now, before these receipts are given, must not overtake what failed.
    for (const [index, { key }] of batch.entries()) {
      if (key !== null && receipts[index]?.outcome === 'unavailable') this.#refusedUpTo.set(key, this.#calls);
    }
    if (call === this.#calls) this.#refusedUpTo.clear();
    return receipts;
  }

  #add(sent: readonly Envelope[]): readonly Receipt[] {
    try {
      return this.#file.add(sent);
    } catch (error) {
      // The transaction was rolled back, so nothing was taken.
      return sent.map(() => ({ outcome: 'unavailable', reason: summarizeError(error) }));
    }
  }
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '@holdfast/core/testing';
import type { TransportCapabilities, TransportWorld } from '@holdfast/transports/testing';

export const capabilities: TransportCapabilities = {
  order: 'redeliveries',
  countsDeliveries: true,
  survivesBroker: true,
  atomicDeadLetter: true,
  maxMessageBytes,
  maxDelayMs,
};

export async function openWorld(): Promise<TransportWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-file-transport-'));
  const open = () => {
    const database = new Database(join(folder, 'queues.db'), { timeout: 0 });
    // No test survives a power failure.
    database.pragma('synchronous = off');
    database.pragma('journal_mode = memory');
    return database;
  };
  const clock = new ManualClock();
  const somebodyElse = open();
  const ends: (() => Promise<void>)[] = [];
  return {
    capabilities,
    clock,
    leaseMs: 10_000,
    name: (word) => word,
    connect: async () => {
      const database = open();
      const transport = new FileTransport(database, clock);
      ends.push(() => transport.close().then(() => void database.close()));
      return transport;
    },
    passTime: (ms) => clock.advance(ms),
    // Somebody else locks the file.
    setAvailable: async (available) => {
      if (available === somebodyElse.inTransaction) somebodyElse.exec(available ? 'rollback' : 'begin exclusive');
    },
    network: null,
    restart: null,
    sendRaw: async (queue, bytes) => {
      const insert = 'insert into message (queue, id, source, type, attributes, body) values (?, ?, ?, ?, ?, ?)';
      somebodyElse.prepare(insert).run(queue, '1', 'somebody', 'something', 'no JSON', bytes);
    },
    close: async () => {
      somebodyElse.close();
      for (const end of ends) await end();
      rmSync(folder, { recursive: true });
    },
  };
}
