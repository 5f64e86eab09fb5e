import { APPLIED_LOG_SCHEMA } from '../consumer/applied-log.ts';

/** The order service's own tables, beside those of its outbox, inbox and sagas. Nobody else writes to this file. */
export const ORDER_SCHEMA = `
  create table if not exists purchase_order (
    order_id text primary key,
    customer_id text not null,
    -- Follows the order's saga, in the transaction that moves it.
    status text not null,
    total_amount integer not null,
    created_at text not null,
    -- What the customer calls it. Two orders may have the same one: it is no protection against orders that come twice.
    reference text not null,
    -- Of the request that it came in by; null when it came from a file.
    idempotency_key text,
    -- Whether it was accepted without a word of the product service.
    requires_manual_review integer not null
  ) strict;

  create table if not exists order_item (
    order_id text not null references purchase_order,
    line integer not null,
    product_id text not null,
    quantity integer not null,
    unit_price integer not null,
    primary key (order_id, line)
  ) strict, without rowid;

  ${APPLIED_LOG_SCHEMA}

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
