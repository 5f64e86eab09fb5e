/** The order service's own tables, beside those of its outbox. Nobody else writes to this file. */
export const ORDER_SCHEMA = `
  create table if not exists purchase_order (
    order_id text primary key,
    customer_id text not null,
    status text not null,
    total_amount integer not null,
    created_at text not null,
    -- What the customer calls it. Two orders may have the same one: it is no protection against orders that come twice.
    reference text not null,
    -- Of the request that it came in by; null when it came from a file.
    idempotency_key text
  ) strict;

  create table if not exists order_item (
    order_id text not null references purchase_order,
    line integer not null,
    product_id text not null,
    quantity integer not null,
    unit_price integer not null,
    primary key (order_id, line)
  ) strict, without rowid;

  -- What was handed to the outbox, in commit order: the audit compares it with what arrived.
  create table if not exists sent_message (
    position integer primary key autoincrement,
    id text not null unique,
    type text not null,
    order_id text not null references purchase_order
  ) strict;
  create index if not exists sent_message_by_order on sent_message (order_id);

  -- One row, written when everything that came in has been dealt with.
  create table if not exists intake (
    number integer primary key check (number = 1),
    lines integer not null,
    rejected_lines integer not null,
    orders integer not null,
    refused_orders integer not null,
    transport text not null
  ) strict;
`;
