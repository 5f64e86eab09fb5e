import { randomUUID } from 'node:crypto';
import { type Envelope, EventRegistry, type Message, PermanentError } from '@holdfast/core';
import {
  type HandleOutcome,
  Inbox,
  type PreparedWork,
  SqliteInboxStore,
  sqliteInboxMigrations,
} from '@holdfast/inbox-dedup';
import { EffectJournal, SqliteEffectStore, sqliteEffectMigrations } from '@holdfast/inbox-dedup/effects';
import { BetterSqlite3Database } from '@holdfast/sql/better-sqlite3';
import { APPLIED_LOG_SCHEMA, AppliedLog } from '../consumer/applied-log.ts';
import { orderPaymentRequested } from '../contracts/order-payment-requested.ts';
import { formatMinorUnits } from '../orders-input/minor-units.ts';
import { openDatabase, type SqliteHandle } from '../sqlite/open-database.ts';
import {
  createTables,
  openServiceDatabase,
  type ServiceDatabase,
  type ServiceSchema,
} from '../sqlite/service-database.ts';
import type { ProviderCharge, ProviderClient } from './provider-client.ts';

const SCHEMA = `
  ${APPLIED_LOG_SCHEMA}
  create table if not exists payment (
    payment_id text primary key,
    order_id text not null,
    message_id text not null,
    amount integer not null,
    charge_id text not null,
    processed_at text not null
  ) strict;
  create index if not exists payment_by_order on payment (order_id);
  create index if not exists payment_by_message on payment (message_id);
`;

export const PAYMENT_TABLES: ServiceSchema = { schema: SCHEMA, sets: [sqliteInboxMigrations] };
export const EFFECTS_TABLES: ServiceSchema = { schema: '', sets: [sqliteEffectMigrations] };

/** The provider answers within 300 ms, or its answer is lost. */
const DEADLINE_MS = 700;

const EVENTS = new EventRegistry([orderPaymentRequested]);

export interface PaymentServiceOptions {
  readonly file: string;
  /** The file of the effect journal. */
  readonly effectsFile: string;
  readonly provider: Pick<ProviderClient, 'charge' | 'find'>;
}

/**
 * Charges what orders cost: the charge through an effect journal and outside of any transaction, the payment in the
 * transaction that records the message. The only writer of the payment database and of the journal.
 */
export class PaymentService {
  static readonly queue = 'payment';
  static readonly types = EVENTS.types;
  readonly journal: EffectJournal;
  readonly #inbox: Inbox<SqliteHandle>;
  readonly #provider: PaymentServiceOptions['provider'];
  readonly #db: SqliteHandle;
  readonly #effects: SqliteHandle;
  readonly #log: AppliedLog;
  readonly #insert;

  /** `effects` holds the effect journal: another file, since it is written to while the inbox's transaction may be open. */
  constructor(
    { handle, transactions }: ServiceDatabase,
    { effects, provider }: { readonly effects: SqliteHandle; readonly provider: PaymentServiceOptions['provider'] },
  ) {
    this.#db = handle;
    this.#effects = effects;
    this.#provider = provider;
    const store = new SqliteInboxStore();
    this.#inbox = new Inbox({
      consumer: PaymentService.queue,
      store,
      transactions,
      events: EVENTS,
      // Here the process is killed from outside, again and again, and no message is to blame for it.
      maxUnfinished: 100,
    });
    this.journal = new EffectJournal({
      name: 'charge',
      store: new SqliteEffectStore(),
      database: new BetterSqlite3Database(effects),
      deadlineMs: DEADLINE_MS,
      verifyDeadlineMs: DEADLINE_MS,
      // The provider has no proxies and queues in which a request could outlast this.
      settleMs: 300,
      leaseMarginMs: 1_000,
      maxVerifications: 30,
      verifyBackoffMs: { min: 50, max: 500 },
    });
    this.#log = new AppliedLog(handle);
    this.#insert = handle.prepare('insert into payment values (?, ?, ?, ?, ?, ?)');
  }

  static async open({ file, effectsFile, provider }: PaymentServiceOptions): Promise<PaymentService> {
    const database = await openServiceDatabase(file, PAYMENT_TABLES);
    // An intent that a loss of power takes along costs nothing: the call after it has the same idempotency key.
    const effects = openDatabase(effectsFile, '', 'process-end');
    await createTables(effects, EFFECTS_TABLES);
    return new PaymentService(database, { effects, provider });
  }

  /** Charges and records, once, however often the message comes. Rejects with the class of the failure. */
  handle(envelope: Envelope, attempt: number): Promise<HandleOutcome> {
    return this.#inbox.handle(envelope, this.#work, { attempt });
  }

  /** To be called when nothing is handled any more. */
  async close(): Promise<void> {
    await this.journal.settled();
    this.#db.close();
    this.#effects.close();
  }

  readonly #work: PreparedWork<SqliteHandle, ProviderCharge> = {
    prepare: (message, { signal }) => this.#charge(message, signal),
    apply: (message, { prepared }) => this.#record(message, prepared),
  };

  #charge(message: Message, signal: AbortSignal): Promise<ProviderCharge> {
    if (!orderPaymentRequested.is(message)) throw new PermanentError('Payment takes no such event.');
    const { orderId, amount } = message.data;
    const provider = this.#provider;
    return this.journal.perform<ProviderCharge>(`${orderId}/charge`, {
      call: ({ idempotencyKey, signal }) => provider.charge({ idempotencyKey, orderId, amount, signal }),
      verify: ({ idempotencyKey, signal }) => provider.find({ idempotencyKey, orderId, amount, signal }),
      about: `${formatMinorUnits(amount)} for an order`,
      signal,
    });
  }

  #record(message: Message, { chargeId, amount }: ProviderCharge): void {
    if (!orderPaymentRequested.is(message)) return;
    this.#log.add(message);
    const now = new Date().toISOString();
    this.#insert.run(randomUUID(), message.data.orderId, message.id, amount, chargeId, now);
  }
}
