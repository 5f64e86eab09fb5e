import { SqliteOutboxStore } from '@holdfast/outbox';
import { BetterSqlite3Database } from '@holdfast/sql/better-sqlite3';
import { SqliteTemplate } from '@holdfast/testkit/sqlite';
import { ANALYTICS_TABLES } from '../src/analytics/analytics-service.ts';
import { DELIVERY_TABLES } from '../src/delivery/delivery-schema.ts';
import { INVENTORY_TABLES } from '../src/inventory/inventory-schema.ts';
import { NOTIFICATION_TABLES } from '../src/notification/notification-service.ts';
import { ORDER_TABLES } from '../src/order/order-database.ts';
import { EFFECTS_TABLES, PAYMENT_TABLES } from '../src/payment/payment-schema.ts';
import { PRODUCT_TABLES } from '../src/product/product-service.ts';
import { LEDGER_SCHEMA } from '../src/provider/provider-ledger.ts';
import type { SqliteHandle } from '../src/sqlite/open-database.ts';
import { createTables, type ServiceSchema } from '../src/sqlite/service-database.ts';

/** Of the product that orders compete for (F12.1). */
export const LAST_UNITS = 2;
export const SCARCE = 'scarce';
/** The warehouse never has any, as its name says. */
export const SOLD_OUT = 'lamp-soldout';
/** Nobody sells it. */
export const UNHEARD_OF = 'unheard-of';

/** The databases of the system as they are before the first order. */
export const tables = {
  order: new SqliteTemplate((handle) => createSendingTables(handle, ORDER_TABLES, 2)),
  payment: new SqliteTemplate((handle) => createSendingTables(handle, PAYMENT_TABLES)),
  effects: new SqliteTemplate((handle) => createTables(handle, EFFECTS_TABLES)),
  inventory: new SqliteTemplate(async (handle) => {
    await createSendingTables(handle, INVENTORY_TABLES);
    handle.prepare('insert into stock values (?, ?, ?)').run(SCARCE, LAST_UNITS, LAST_UNITS);
  }),
  delivery: new SqliteTemplate((handle) => createSendingTables(handle, DELIVERY_TABLES)),
  product: new SqliteTemplate(async (handle) => {
    await createSendingTables(handle, PRODUCT_TABLES);
    // Told to everybody long ago.
    for (const product of [SCARCE, SOLD_OUT]) handle.prepare("insert into product values (?, 100, '')").run(product);
  }),
  notification: new SqliteTemplate((handle) => createTables(handle, NOTIFICATION_TABLES)),
  analytics: new SqliteTemplate((handle) => createTables(handle, ANALYTICS_TABLES)),
  provider: new SqliteTemplate((handle) => void handle.exec(LEDGER_SCHEMA)),
} as const;

async function createSendingTables(handle: SqliteHandle, schema: ServiceSchema, lanes = 1): Promise<void> {
  await createTables(handle, schema);
  const store = new SqliteOutboxStore({ database: new BetterSqlite3Database(handle) });
  await store.declareDestinations([{ name: 'default', lanes }]);
}

export type DatabaseName = keyof typeof tables;

/** Of the services that send. */
export const OUTBOXES = ['order', 'payment', 'inventory', 'delivery'] as const satisfies readonly DatabaseName[];
