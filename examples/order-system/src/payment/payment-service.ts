import { type Envelope, EventRegistry, type Message, PermanentError } from '@holdfast/core';
import {
  type HandleOutcome,
  Inbox,
  type PreparedWork,
  SqliteInboxStore,
  type WorkContext,
} from '@holdfast/inbox-dedup';
import type { EffectJournal } from '@holdfast/inbox-dedup/effects';
import { AppliedLog } from '../consumer/applied-log.ts';
import { orderPaymentRequested } from '../contracts/order-payment-requested.ts';
import { paymentRefundRequested } from '../contracts/payment-refund-requested.ts';
import { LoggedOutbox } from '../outbox/logged-outbox.ts';
import { openSendingDatabase, type SendingDatabase } from '../outbox/sending-database.ts';
import { type Durability, openDatabase, type SqliteHandle } from '../sqlite/open-database.ts';
import { createTables } from '../sqlite/service-database.ts';
import { paymentAnswer } from './payment-answer.ts';
import { PaymentBook } from './payment-book.ts';
import type { PaymentDecision } from './payment-decision.ts';
import { PaymentDesk } from './payment-desk.ts';
import { EFFECTS_TABLES, PAYMENT_TABLES } from './payment-schema.ts';
import { type PaymentProvider, ProviderEffects } from './provider-effects.ts';

const EVENTS = new EventRegistry([orderPaymentRequested, paymentRefundRequested]);

export interface PaymentServiceOptions {
  readonly file: string;
  /** The file of the effect journal. */
  readonly effectsFile: string;
  /** Of the payments. @default 'power-loss' */
  readonly outlives?: Durability;
  readonly provider: PaymentProvider;
}

/**
 * Charges what orders cost and gives it back: at the provider through an effect journal and outside of any transaction, in its own books
 * in the transaction that records the request and sends the answer. The only writer of the payment database and of the journal.
 */
export class PaymentService {
  static readonly queue = 'payment';
  static readonly types = EVENTS.types;
  readonly #inbox: Inbox<SqliteHandle>;
  readonly #db: SqliteHandle;
  readonly #effectsDb: SqliteHandle;
  readonly #effects: ProviderEffects;
  readonly #book: PaymentBook;
  readonly #desk: PaymentDesk;
  readonly #log: AppliedLog;

  /** `effects` holds the effect journal: another file, since it is written to while the inbox's transaction may be open. */
  constructor(
    database: SendingDatabase,
    { effects, provider }: { readonly effects: SqliteHandle; readonly provider: PaymentProvider },
  ) {
    const { handle, transactions, outboxStore } = database;
    this.#db = handle;
    this.#effectsDb = effects;
    this.#inbox = new Inbox({
      consumer: PaymentService.queue,
      store: new SqliteInboxStore(),
      transactions,
      events: EVENTS,
      outbox: new LoggedOutbox(database, { store: outboxStore, source: '/payments' }),
      // Here the process is killed from outside, again and again, and no message is to blame for it.
      maxUnfinished: 100,
    });
    this.#effects = new ProviderEffects(provider, effects);
    this.#book = new PaymentBook(database);
    this.#desk = new PaymentDesk(this.#book, this.#effects);
    this.#log = new AppliedLog(handle);
  }

  static async open({ file, effectsFile, outlives, provider }: PaymentServiceOptions): Promise<PaymentService> {
    const database = await openSendingDatabase(file, PAYMENT_TABLES, outlives);
    // An intent that a loss of power takes along costs nothing: the call after it has the same idempotency key.
    const effects = openDatabase(effectsFile, '', 'process-end');
    await createTables(effects, EFFECTS_TABLES);
    return new PaymentService(database, { effects, provider });
  }

  /** Of the charges. */
  get journal(): EffectJournal {
    return this.#effects.charges;
  }

  /** Does what is asked for, once per order, and answers, once per message, however often it comes. Rejects with the class of the failure. */
  handle(envelope: Envelope, attempt: number): Promise<HandleOutcome> {
    return this.#inbox.handle(envelope, this.#work, { attempt });
  }

  /** To be called when nothing is handled any more. */
  async close(): Promise<void> {
    await this.#effects.settled();
    this.#db.close();
    this.#effectsDb.close();
  }

  readonly #work: PreparedWork<SqliteHandle, PaymentDecision> = {
    prepare: (message, { signal }) => this.#decide(message, signal),
    apply: (message, context) => this.#record(message, context),
  };

  #decide(message: Message, signal: AbortSignal): Promise<PaymentDecision> {
    if (orderPaymentRequested.is(message)) return this.#desk.charge(message.data, signal);
    if (paymentRefundRequested.is(message)) return this.#desk.refund(message.data.orderId, signal);
    throw new PermanentError('Payment takes no such event.');
  }

  async #record(
    message: Message,
    { tx, send, prepared }: WorkContext<SqliteHandle> & { readonly prepared: PaymentDecision },
  ): Promise<void> {
    const { payment, isChanged, kind } = prepared;
    if (isChanged) this.#book.store(payment);
    else this.#book.assertCurrent(payment, tx);
    this.#log.add(message);
    const answer = paymentAnswer(prepared);
    const amount = kind === 'charge' ? payment.amount : payment.refundedAmount;
    this.#book.note(message, { orderId: payment.orderId, kind, answer: answer.type, amount });
    await send(answer);
  }
}
