import { defineEvent, type Envelope, EventRegistry, type Message } from '@holdfast/core';
import { type BatchOutcome, type BatchWork, Inbox, PostgresInboxStore, type Work } from '@holdfast/inbox-dedup';
import type { TransactionRunner } from '@holdfast/sql';
import { KyselyTransactionRunner } from '@holdfast/sql/kysely';
import { type PgTransaction, PgTransactionRunner } from '@holdfast/sql/pg';
import { type ControlledTransaction, Kysely, PostgresDialect } from 'kysely';
import { chargeOfMessage, insertCharge, insertCharges } from './charge.ts';
import type { InboxDatabase } from './inbox-database.ts';
import { BATCH, given, type Way } from './way.ts';

export const INBOX = 'Inbox.handle, work through pg';
export const INBOX_10 = 'Inbox.handle, work through pg, 10 at a time';
export const INBOX_KYSELY = 'Inbox.handle, work through Kysely';
export const BATCH_PG = 'Inbox.handleBatch of 100, work through pg';
export const BATCH_KYSELY = 'Inbox.handleBatch of 100, work through Kysely';
export const BATCH_BULK = 'Inbox.handleBatch of 100, one work for all (applyAll, unnest)';

const CONNECTIONS = 10;

/** Any data passes: validation is not what is measured, and hand-written code does none. */
const anything = { '~standard': { version: 1 as const, vendor: 'bench', validate: (value: unknown) => ({ value }) } };

export const events = new EventRegistry([defineEvent('order.placed', { versions: { 1: anything } })]);

interface Tables {
  readonly charge: { readonly order_id: string; readonly customer: string; readonly cents: number };
}

/** Ours, on connections of its own, pipelined where the driver can. */
export function inboxWays(database: InboxDatabase): readonly Way[] {
  const onPg = inboxOf(new PgTransactionRunner(database.pool({ max: CONNECTIONS, pipeline: true })));
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: database.pool({ max: 1 }) }) });
  const onKysely = inboxOf(new KyselyTransactionRunner(db, { dialect: 'postgresql' }));
  return [
    { name: INBOX, concurrency: 1, ...oneByOne(onPg, throughPg) },
    { name: INBOX_KYSELY, concurrency: 1, ...oneByOne(onKysely, throughKysely) },
    { name: INBOX_10, concurrency: CONNECTIONS, ...oneByOne(onPg, throughPg) },
    { name: BATCH_PG, ...together(onPg, throughPg) },
    { name: BATCH_KYSELY, ...together(onKysely, throughKysely) },
    { name: BATCH_BULK, ...together(onPg, { applyAll: allThroughPg }) },
  ];
}

function inboxOf<Tx>(transactions: TransactionRunner<Tx>): Inbox<Tx> {
  return new Inbox({ consumer: 'payment', store: new PostgresInboxStore(), transactions, events });
}

function oneByOne<Tx>(inbox: Inbox<Tx>, work: Work<Tx>): Pick<Way, 'batch' | 'handle'> {
  return { batch: 1, handle: ([envelope]) => inbox.handle(given(envelope), work) };
}

function together<Tx>(inbox: Inbox<Tx>, work: BatchWork<Tx>): Omit<Way, 'name'> {
  const handle = async (envelopes: readonly Envelope[]) => {
    const messages = envelopes.map((envelope) => ({ envelope }));
    throwFailure(await inbox.handleBatch(messages, work));
  };
  return { batch: BATCH, concurrency: 1, handle };
}

/** `handleBatch` does not reject; here nothing may fail. */
export function throwFailure(outcomes: readonly BatchOutcome[]): void {
  for (const one of outcomes) if (one.outcome === 'failed') throw one.error;
}

async function throughPg(message: Message, { tx }: { readonly tx: PgTransaction }): Promise<void> {
  await tx.execute(insertCharge(chargeOfMessage(message)));
}

async function allThroughPg(messages: readonly Message[], { tx }: { readonly tx: PgTransaction }): Promise<void> {
  await tx.execute(insertCharges(messages.map(chargeOfMessage)));
}

async function throughKysely(message: Message, { tx }: { readonly tx: ControlledTransaction<Tables> }): Promise<void> {
  const { orderId, customer, cents } = chargeOfMessage(message);
  await tx.insertInto('charge').values({ order_id: orderId, customer, cents }).execute();
}
