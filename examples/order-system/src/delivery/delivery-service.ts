import { EventRegistry, type Message } from '@holdfast/core';
import { Inbox, SqliteInboxStore, type WorkContext } from '@holdfast/inbox-dedup';
import { AppliedLog } from '../consumer/applied-log.ts';
import type { ConsumingService, ConsumingServiceOptions } from '../consumer/consuming-service.ts';
import { deliveryCancelRequested } from '../contracts/delivery-cancel-requested.ts';
import { orderDeliveryRequested } from '../contracts/order-delivery-requested.ts';
import { LoggedOutbox } from '../outbox/logged-outbox.ts';
import { openSendingDatabase, type SendingDatabase } from '../outbox/sending-database.ts';
import type { Durability, SqliteHandle } from '../sqlite/open-database.ts';
import type { Delivery } from './delivery.ts';
import { cancelAnswer, scheduleAnswer } from './delivery-answers.ts';
import { DeliveryPlan } from './delivery-plan.ts';
import { DELIVERY_TABLES } from './delivery-schema.ts';

const EVENTS = new EventRegistry([orderDeliveryRequested, deliveryCancelRequested]);

/**
 * Schedules deliveries, calls them off, and answers, all in the transaction that records the request. The only writer of the delivery
 * database.
 */
export class DeliveryService implements ConsumingService {
  readonly name = 'delivery';
  readonly types = EVENTS.types;
  readonly inbox: Inbox<SqliteHandle>;
  readonly #db: SqliteHandle;
  readonly #log: AppliedLog;
  readonly #plan: DeliveryPlan;
  readonly #addTransaction;

  constructor(database: SendingDatabase, { maxUnfinished = 3 }: ConsumingServiceOptions = {}) {
    const { handle, transactions, outboxStore } = database;
    this.inbox = new Inbox({
      consumer: this.name,
      store: new SqliteInboxStore(),
      transactions,
      events: EVENTS,
      outbox: new LoggedOutbox(database, { store: outboxStore, source: '/delivery' }),
      maxUnfinished,
    });
    this.#db = handle;
    this.#log = new AppliedLog(handle);
    this.#plan = new DeliveryPlan(handle);
    this.#addTransaction = handle.prepare(
      'insert into delivery_transaction (message_id, order_id, kind, status) values (?, ?, ?, ?)',
    );
  }

  static async open(file: string, outlives?: Durability): Promise<DeliveryService> {
    return new DeliveryService(await openSendingDatabase(file, DELIVERY_TABLES, outlives));
  }

  readonly work = async (message: Message, { send }: WorkContext<SqliteHandle>): Promise<void> => {
    this.#log.add(message);
    if (orderDeliveryRequested.is(message)) {
      const delivery = this.#plan.schedule(message.data.orderId, message.data.customerId);
      this.#note(message, 'schedule', delivery);
      await send(scheduleAnswer(delivery));
    } else if (deliveryCancelRequested.is(message)) {
      const delivery = this.#plan.cancel(message.data.orderId);
      this.#note(message, 'cancel', delivery);
      await send(cancelAnswer(delivery));
    }
  };

  close(): void {
    this.#db.close();
  }

  #note({ id }: Message, kind: 'schedule' | 'cancel', { orderId, status }: Delivery): void {
    this.#addTransaction.run(id, orderId, kind, status);
  }
}
