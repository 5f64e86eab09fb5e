import { APPLIED_LOG_SCHEMA } from '../consumer/applied-log.ts';
import { sendingTables } from '../outbox/sending-database.ts';

/** The inventory service's database. Nobody else writes to it. */
export const INVENTORY_TABLES = sendingTables(`
  ${APPLIED_LOG_SCHEMA}
  create table if not exists stock (
    product_id text primary key,
    initial integer not null,
    on_hand integer not null check (on_hand >= 0)
  ) strict, without rowid;

  -- One per order. 'closed': called off before it was asked for. Items of a 'reserved' one are off the shelf, and of a 'released' one back on it.
  create table if not exists reservation (
    reservation_id text primary key,
    order_id text not null unique,
    status text not null check (status in ('reserved', 'refused', 'released', 'closed')),
    -- Of a refused one: what did not suffice, as JSON.
    failed_items text not null,
    reserved_at text not null,
    released_at text
  ) strict;

  create table if not exists reservation_item (
    reservation_id text not null references reservation,
    product_id text not null references stock,
    quantity integer not null,
    primary key (reservation_id, product_id)
  ) strict, without rowid;

  -- What was done about each message.
  create table if not exists stock_transaction (
    sequence integer primary key autoincrement,
    message_id text not null,
    order_id text not null,
    kind text not null check (kind in ('reserve', 'release')),
    status text not null
  ) strict;
  create index if not exists stock_transaction_by_message on stock_transaction (message_id);
`);
