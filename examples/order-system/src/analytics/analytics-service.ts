import { EventRegistry, type Message } from '@holdfast/core';
import { APPLIED_MESSAGES_SCHEMA } from '../consumer/applied-messages.ts';
import type { ConsumingService } from '../consumer/consuming-service.ts';
import { orderCreated } from '../contracts/order-created.ts';
import { orderInventoryRequested } from '../contracts/order-inventory-requested.ts';
import { orderPaymentRequested } from '../contracts/order-payment-requested.ts';
import { openDatabase, type SqliteHandle } from '../sqlite/open-database.ts';

const SCHEMA = `
  ${APPLIED_MESSAGES_SCHEMA}
  create table if not exists event_total (
    type text primary key,
    events integer not null,
    amount integer not null
  ) strict, without rowid;
`;

/** Counts all events, and adds up what was ordered. The only writer of the analytics database. */
export class AnalyticsService implements ConsumingService {
  readonly name = 'analytics';
  readonly events = new EventRegistry([orderCreated, orderPaymentRequested, orderInventoryRequested]);
  readonly db: SqliteHandle;
  readonly #count;

  constructor(file: string) {
    this.db = openDatabase(file, SCHEMA);
    this.#count = this.db.prepare(
      `insert into event_total values (?, 1, ?)
       on conflict do update set events = events + 1, amount = amount + excluded.amount`,
    );
  }

  apply(message: Message): void {
    this.#count.run(message.type, orderCreated.is(message) ? message.data.totalAmount : 0);
  }
}
