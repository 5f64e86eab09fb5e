import { setImmediate } from 'node:timers/promises';
import { type Envelope, isHoldfastError, type Message, SystemClock, SystemRandom, UuidV7Ids } from '@holdfast/core';
import { CommitUnknownError, RepeatedTransaction, type TransactionRunner } from '@holdfast/sql';
import type { GateEvent } from '../../src/gate/gate-event.ts';
import { SequenceGate, type SequenceGateOptions } from '../../src/gate/sequence-gate.ts';
import { AttemptTracker } from '../../src/inbox/attempt-tracker.ts';
import { messageDigest } from '../../src/inbox/message-digest.ts';
import { RecordApplier } from '../../src/inbox/record-applier.ts';
import type { AnyWork, HandleOutcome, Work } from '../../src/inbox/work.ts';
import type { GateDatabase } from './gate-fixture.ts';

export type GateProcess = ReturnType<GateWorld['process']>;

/** A consumer's processes on one database, and what their works wrote. */
export class GateWorld {
  readonly database: GateDatabase;
  readonly events: GateEvent[] = [];

  private constructor(database: GateDatabase) {
    this.database = database;
  }

  static async create(database: GateDatabase): Promise<GateWorld> {
    const position =
      database.store.dialect === 'sqlite' ? 'integer primary key autoincrement' : 'bigserial primary key';
    await database.query(
      `create table holdfast_effect (position ${position}, consumer text, source text, key text, number bigint, id text)`,
    );
    return new GateWorld(database);
  }

  /** One process with a connection of its own. Its work writes what it got in the transaction. */
  process(options: Partial<SequenceGateOptions<unknown>> & { readonly work?: AnyWork<unknown> } = {}) {
    const { work: given, consumer = 'payment', ...others } = options;
    const { store } = this.database;
    const transactions = options.transactions ?? this.database.runner();
    const work = given ?? this.writing(transactions, consumer);
    const [clock, random] = [new SystemClock(), new SystemRandom()];
    const gate = new SequenceGate({
      consumer,
      gates: { order: { mode: 'in-order' } },
      store,
      transactions,
      repeated: new RepeatedTransaction({ transactions, attempts: 10, clock, random }),
      applier: new RecordApplier({ consumer, records: store.records, transactions, outbox: undefined }),
      attempts: new AttemptTracker({ store: store.attempts, executor: transactions }),
      decode,
      onEvent: (event) => this.events.push(event),
      clock,
      ids: new UuidV7Ids({ clock }),
      random: { next: () => 0.9 },
      retryBaseMs: 600_000,
      retryMaxMs: 3_600_000,
      ...others,
    });
    const deliver = async (envelope: Envelope, delivery: Delivery = {}): Promise<HandleOutcome> => {
      const { attempt = 1, signal = new AbortController().signal } = delivery;
      const place = gate.placeOf(envelope);
      if (place === null) throw new Error('not gated');
      const received = { envelope, message: decode(envelope), digest: messageDigest(envelope), attempt, signal };
      return gate.handle(received, place, delivery.work ?? work);
    };
    return { gate, deliver, transactions };
  }

  /** The plain work of a process. */
  writing(transactions: TransactionRunner<unknown>, consumer = 'payment'): Work<unknown> {
    return async ({ id, source, key, attributes }, { tx }) => {
      const [a, b, c, d, e] =
        this.database.store.dialect === 'sqlite' ? ['?1', '?2', '?3', '?4', '?5'] : ['$1', '$2', '$3', '$4', '$5'];
      await transactions.executor(tx).execute({
        text: `insert into ${this.database.table('effect')} (consumer, source, key, number, id) values (${a}, ${b}, ${c}, ${d}, ${e})`,
        values: [consumer, source, key, BigInt(attributes['sequence'] ?? '0'), id],
      });
    };
  }

  /** The numbers that took effect, in their order. */
  async numbers({ consumer = 'payment', key = 'k', source = '/orders' } = {}): Promise<readonly number[]> {
    const rows = await this.database.query(
      'select number from holdfast_effect where consumer = ? and key = ? and source = ? order by position',
      [consumer, key, source],
    );
    return rows.map(({ number }) => Number(number));
  }

  async ids(): Promise<readonly unknown[]> {
    return (await this.database.query('select id from holdfast_effect order by position')).map(({ id }) => id);
  }

  async parked(): Promise<readonly number[]> {
    const rows = await this.database.query('select number from holdfast_inbox_parked order by number');
    return rows.map(({ number }) => Number(number));
  }

  /** A process whose work writes, and then fails for the given numbers as long as it is told to. */
  failing(failures: ReadonlyMap<number, () => unknown>) {
    const transactions = this.database.runner();
    const writes = this.writing(transactions);
    const work: Work<unknown> = async (message, context) => {
      await writes(message, context);
      const failure = failures.get(Number(message.attributes['sequence']));
      if (failure !== undefined) throw failure();
    };
    return this.process({ transactions, work });
  }

  /** A process that loses its database for good after so many transactions. */
  dying(transactionsLeft: number, options: Parameters<GateWorld['process']>[0] = {}) {
    const inner = this.database.runner();
    let left = transactionsLeft;
    const alive = () => {
      left -= 1;
      if (left < 0) throw new Error('the process is dead');
    };
    const transactions: TransactionRunner<unknown> = {
      dialect: inner.dialect,
      executor: (tx) => inner.executor(tx),
      async execute(statement) {
        alive();
        return inner.execute(statement);
      },
      async transaction(work) {
        alive();
        return inner.transaction(work);
      },
    };
    return this.process({ ...options, transactions });
  }

  /** A process that commits, and does not learn it, in the transactions with these numbers, from 1. */
  losingAnswers(...lost: readonly number[]) {
    const inner = this.database.runner();
    let count = 0;
    const transactions: TransactionRunner<unknown> = {
      dialect: inner.dialect,
      executor: (tx) => inner.executor(tx),
      execute: (statement) => inner.execute(statement),
      async transaction(work) {
        count += 1;
        const number = count;
        const result = await inner.transaction(work);
        if (lost.includes(number)) throw new CommitUnknownError();
        return result;
      },
    };
    return this.process({ transactions });
  }

  kinds(): readonly string[] {
    return this.events.map(({ type }) => type);
  }
}

export interface Delivery {
  readonly attempt?: number;
  readonly signal?: AbortSignal;
  readonly work?: AnyWork<unknown>;
}

export interface EnvelopeOptions {
  readonly key?: string | null;
  readonly id?: string;
  readonly source?: string;
  readonly stream?: string;
  readonly type?: string;
  readonly body?: string;
}

/** Message `number` of a key. */
export function numbered(number: number | string, options: EnvelopeOptions = {}): Envelope {
  const { key = 'k', id = `${key}/${number}`, source = '/orders', stream = 'order', type = 'order.changed' } = options;
  const attributes = { sequence: String(number), sequencestream: stream };
  return { id, source, type, key, attributes, body: Buffer.from(options.body ?? '{}') };
}

function decode({ id, source, type, key, attributes, body }: Envelope): Message {
  return { id, source, type, key, attributes, time: 0, data: JSON.parse(Buffer.from(body).toString()) };
}

/** Handles of SQLite in one thread cannot wait for each other: what the lock refuses is done again, as a broker does it. */
export async function whileBusy<Result>(run: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if (!isHoldfastError(error, 'ERR_SQL_BUSY')) throw error;
      await setImmediate();
    }
  }
}
