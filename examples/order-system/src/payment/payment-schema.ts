import { sqliteEffectMigrations } from '@holdfast/inbox-dedup/effects';
import { APPLIED_LOG_SCHEMA } from '../consumer/applied-log.ts';
import { sendingTables } from '../outbox/sending-database.ts';
import type { ServiceSchema } from '../sqlite/service-database.ts';

/** The payment service's database. Nobody else writes to it. */
export const PAYMENT_TABLES: ServiceSchema = sendingTables(`
  ${APPLIED_LOG_SCHEMA}
  -- One per order. 'closed': called off before it was charged, and it will not be.
  create table if not exists payment (
    payment_id text primary key,
    order_id text not null,
    state text not null check (state in ('paid', 'failed', 'refunded', 'closed')),
    -- What was asked for; 0 of a closed one.
    amount integer not null,
    -- What was charged: null when nothing was.
    charge_id text,
    failure_reason text,
    processed_at text not null,
    -- Names the answer to a request to give back, also when there was nothing.
    refund_id text,
    -- The refund as the provider has it: null when there is none.
    provider_refund_id text,
    refunded_amount integer not null default 0,
    refunded_at text,
    -- How often the provider has refused to give back.
    refused_refunds integer not null default 0,
    -- Counts the changes.
    version integer not null default 1,
    check (refunded_amount <= amount)
  ) strict;
  create unique index if not exists payment_by_order on payment (order_id);

  -- What was done about each message.
  create table if not exists payment_transaction (
    sequence integer primary key autoincrement,
    message_id text not null,
    order_id text not null,
    kind text not null check (kind in ('charge', 'refund')),
    answer text not null,
    amount integer not null
  ) strict;
  create index if not exists payment_transaction_by_message on payment_transaction (message_id);
`);

/** The journal of charges and refunds: another file, since it is written to while the inbox's transaction may be open. */
export const EFFECTS_TABLES: ServiceSchema = { schema: '', sets: [sqliteEffectMigrations] };
