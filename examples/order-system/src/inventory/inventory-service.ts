import { EventRegistry, type Message } from '@holdfast/core';
import { Inbox, SqliteInboxStore, type WorkContext } from '@holdfast/inbox-dedup';
import { AppliedLog } from '../consumer/applied-log.ts';
import type { ConsumingService, ConsumingServiceOptions } from '../consumer/consuming-service.ts';
import { inventoryReleaseRequested } from '../contracts/inventory-release-requested.ts';
import { orderInventoryRequested } from '../contracts/order-inventory-requested.ts';
import { LoggedOutbox } from '../outbox/logged-outbox.ts';
import { openSendingDatabase, type SendingDatabase } from '../outbox/sending-database.ts';
import type { Durability, SqliteHandle } from '../sqlite/open-database.ts';
import { releaseAnswer, reserveAnswer } from './inventory-answers.ts';
import { INVENTORY_TABLES } from './inventory-schema.ts';
import { type Reservation, unitsByProduct } from './reservation.ts';
import { Warehouse } from './warehouse.ts';

const EVENTS = new EventRegistry([orderInventoryRequested, inventoryReleaseRequested]);

/**
 * Sets stock aside for orders, puts it back when they are called off, and answers, all in the transaction that records the request.
 * The only writer of the inventory database.
 */
export class InventoryService implements ConsumingService {
  readonly name = 'inventory';
  readonly types = EVENTS.types;
  readonly inbox: Inbox<SqliteHandle>;
  readonly #db: SqliteHandle;
  readonly #log: AppliedLog;
  readonly #warehouse: Warehouse;
  readonly #addTransaction;

  constructor(database: SendingDatabase, { maxUnfinished = 3 }: ConsumingServiceOptions = {}) {
    const { handle, transactions, outboxStore } = database;
    this.inbox = new Inbox({
      consumer: this.name,
      store: new SqliteInboxStore(),
      transactions,
      events: EVENTS,
      outbox: new LoggedOutbox(database, { store: outboxStore, source: '/inventory' }),
      maxUnfinished,
    });
    this.#db = handle;
    this.#log = new AppliedLog(handle);
    this.#warehouse = new Warehouse(handle);
    this.#addTransaction = handle.prepare(
      'insert into stock_transaction (message_id, order_id, kind, status) values (?, ?, ?, ?)',
    );
  }

  static async open(file: string, outlives?: Durability): Promise<InventoryService> {
    return new InventoryService(await openSendingDatabase(file, INVENTORY_TABLES, outlives));
  }

  readonly work = async (message: Message, { send }: WorkContext<SqliteHandle>): Promise<void> => {
    this.#log.add(message);
    if (orderInventoryRequested.is(message)) {
      const { orderId, items } = message.data;
      const reservation = this.#warehouse.reserve(orderId, unitsByProduct(items));
      this.#note(message, 'reserve', reservation);
      await send(reserveAnswer(reservation));
    } else if (inventoryReleaseRequested.is(message)) {
      const reservation = this.#warehouse.release(message.data.orderId);
      this.#note(message, 'release', reservation);
      await send(releaseAnswer(reservation));
    }
  };

  close(): void {
    this.#db.close();
  }

  #note({ id }: Message, kind: 'reserve' | 'release', { orderId, status }: Reservation): void {
    this.#addTransaction.run(id, orderId, kind, status);
  }
}
