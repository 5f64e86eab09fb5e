import { APPLIED_LOG_SCHEMA } from '../consumer/applied-log.ts';
import { sendingTables } from '../outbox/sending-database.ts';

/** The delivery service's database. Nobody else writes to it. */
export const DELIVERY_TABLES = sendingTables(`
  ${APPLIED_LOG_SCHEMA}
  -- One per order. 'closed': called off before it was asked for.
  create table if not exists delivery (
    delivery_id text primary key,
    order_id text not null unique,
    status text not null check (status in ('scheduled', 'refused', 'cancelled', 'closed')),
    failure_reason text,
    scheduled_at text not null,
    cancelled_at text
  ) strict;

  -- What was done about each message.
  create table if not exists delivery_transaction (
    sequence integer primary key autoincrement,
    message_id text not null,
    order_id text not null,
    kind text not null check (kind in ('schedule', 'cancel')),
    status text not null
  ) strict;
  create index if not exists delivery_transaction_by_message on delivery_transaction (message_id);
`);
