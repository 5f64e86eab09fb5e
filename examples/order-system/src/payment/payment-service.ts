import { randomUUID } from 'node:crypto';
import { EventRegistry, type Message } from '@holdfast/core';
import { APPLIED_MESSAGES_SCHEMA } from '../consumer/applied-messages.ts';
import type { ConsumingService } from '../consumer/consuming-service.ts';
import { orderPaymentRequested } from '../contracts/order-payment-requested.ts';
import { openDatabase, type SqliteHandle } from '../sqlite/open-database.ts';

const SCHEMA = `
  ${APPLIED_MESSAGES_SCHEMA}
  create table if not exists payment (
    payment_id text primary key,
    order_id text not null,
    message_id text not null,
    amount integer not null,
    processed_at text not null
  ) strict;
  create index if not exists payment_by_order on payment (order_id);
  create index if not exists payment_by_message on payment (message_id);
`;

/** Charges what orders cost. A stub so far: every charge succeeds. The only writer of the payment database. */
export class PaymentService implements ConsumingService {
  readonly name = 'payment';
  readonly events = new EventRegistry([orderPaymentRequested]);
  readonly db: SqliteHandle;
  readonly #charge;

  constructor(file: string) {
    this.db = openDatabase(file, SCHEMA);
    this.#charge = this.db.prepare('insert into payment values (?, ?, ?, ?, ?)');
  }

  apply(message: Message): void {
    if (!orderPaymentRequested.is(message)) return;
    const { orderId, amount } = message.data;
    this.#charge.run(randomUUID(), orderId, message.id, amount, new Date().toISOString());
  }
}
