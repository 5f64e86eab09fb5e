import { randomUUID } from 'node:crypto';
import { EventRegistry, type Message } from '@holdfast/core';
import { Inbox, SqliteInboxStore, sqliteInboxMigrations } from '@holdfast/inbox-dedup';
import { APPLIED_LOG_SCHEMA, AppliedLog } from '../consumer/applied-log.ts';
import type { ConsumingService, ConsumingServiceOptions } from '../consumer/consuming-service.ts';
import { orderInventoryRequested } from '../contracts/order-inventory-requested.ts';
import type { SqliteHandle } from '../sqlite/open-database.ts';
import { openServiceDatabase, type ServiceDatabase, type ServiceSchema } from '../sqlite/service-database.ts';

/** What the warehouse has of a product when it hears of it for the first time. */
export const INITIAL_STOCK = 1_000_000;

const SCHEMA = `
  ${APPLIED_LOG_SCHEMA}
  create table if not exists stock (
    product_id text primary key,
    initial integer not null,
    on_hand integer not null check (on_hand >= 0)
  ) strict, without rowid;

  create table if not exists reservation (
    reservation_id text primary key,
    order_id text not null,
    message_id text not null,
    status text not null check (status in ('reserved', 'refused')),
    reserved_at text not null
  ) strict;
  create index if not exists reservation_by_message on reservation (message_id);
  create index if not exists reservation_by_order on reservation (order_id);

  create table if not exists reservation_item (
    reservation_id text not null references reservation,
    product_id text not null references stock,
    quantity integer not null,
    primary key (reservation_id, product_id)
  ) strict, without rowid;
`;

export const INVENTORY_TABLES: ServiceSchema = { schema: SCHEMA, sets: [sqliteInboxMigrations] };

const EVENTS = new EventRegistry([orderInventoryRequested]);

/**
 * Sets stock aside for orders: everything of an order, or nothing when one product does not suffice. The order service does
 * not hear about it yet. The only writer of the inventory database.
 */
export class InventoryService implements ConsumingService {
  readonly name = 'inventory';
  readonly types = EVENTS.types;
  readonly inbox: Inbox<SqliteHandle>;
  readonly #db: SqliteHandle;
  readonly #log: AppliedLog;
  readonly #addProduct;
  readonly #onHand;
  readonly #take;
  readonly #addReservation;
  readonly #addItem;

  constructor({ handle, transactions }: ServiceDatabase, { maxUnfinished = 3 }: ConsumingServiceOptions = {}) {
    const store = new SqliteInboxStore();
    this.inbox = new Inbox({ consumer: this.name, store, transactions, events: EVENTS, maxUnfinished });
    this.#db = handle;
    this.#log = new AppliedLog(handle);
    this.#addProduct = handle.prepare('insert into stock values (?, ?, ?) on conflict do nothing');
    this.#onHand = handle.prepare<[string], { units: number }>(
      'select on_hand as units from stock where product_id = ?',
    );
    this.#take = handle.prepare('update stock set on_hand = on_hand - ? where product_id = ?');
    this.#addReservation = handle.prepare('insert into reservation values (?, ?, ?, ?, ?)');
    this.#addItem = handle.prepare('insert into reservation_item values (?, ?, ?)');
  }

  static async open(file: string): Promise<InventoryService> {
    return new InventoryService(await openServiceDatabase(file, INVENTORY_TABLES));
  }

  readonly work = (message: Message): void => {
    if (!orderInventoryRequested.is(message)) return;
    this.#log.add(message);
    const { orderId, items } = message.data;
    const wanted = unitsByProduct(items);
    for (const productId of wanted.keys()) this.#addProduct.run(productId, INITIAL_STOCK, INITIAL_STOCK);
    const suffices = [...wanted].every(([productId, units]) => (this.#onHand.get(productId)?.units ?? 0) >= units);
    const reservationId = randomUUID();
    const status = suffices ? 'reserved' : 'refused';
    this.#addReservation.run(reservationId, orderId, message.id, status, new Date().toISOString());
    if (!suffices) return;
    for (const [productId, units] of wanted) {
      this.#take.run(units, productId);
      this.#addItem.run(reservationId, productId, units);
    }
  };

  close(): void {
    this.#db.close();
  }
}

/** An order may name a product twice. */
function unitsByProduct(
  items: readonly { readonly productId: string; readonly quantity: number }[],
): ReadonlyMap<string, number> {
  const units = new Map<string, number>();
  for (const { productId, quantity } of items) units.set(productId, (units.get(productId) ?? 0) + quantity);
  return units;
}
