// A service that pays orders through the journal, to be killed at any moment. It ends by itself when every order is settled.
import { OverloadedError, PermanentError } from '@holdfast/core';
import {
  type CallContext,
  type EffectDatabase,
  EffectJournal,
  EffectResolver,
  PostgresEffectStore,
  SqliteEffectStore,
  type Verdict,
  type VerifyContext,
} from '@holdfast/inbox-dedup/effects';
import { BetterSqlite3Database } from '@holdfast/sql/better-sqlite3';
import { PgDatabase } from '@holdfast/sql/pg';
import Database from 'better-sqlite3';
import pg from 'pg';
import { type PaidOrder, paidOrders } from './effect-orders.ts';

export interface ChargingProcessOptions {
  /** The URL of PostgreSQL, or the path of a SQLite file. */
  readonly where: string;
  readonly provider: string;
  readonly orders: number;
  /** With which order it begins. */
  readonly from: number;
  readonly resolves: boolean;
}

interface Charge {
  readonly id: number;
  readonly cents: number;
}

const CONCURRENCY = 16;
const { where, provider, orders, from, resolves }: ChargingProcessOptions = JSON.parse(process.argv[2] ?? '');
const isPostgres = where.startsWith('postgres');

function openDatabase(): EffectDatabase {
  if (isPostgres) {
    const pool = new pg.Pool({ connectionString: where, max: 8 });
    pool.on('error', () => {});
    return new PgDatabase(pool);
  }
  const handle = new Database(where, { timeout: 10_000 });
  handle.pragma('synchronous = FULL');
  return new BetterSqlite3Database(handle);
}

async function asked(path: string, init: RequestInit): Promise<{ status: number; body: Record<string, unknown> }> {
  try {
    const response = await fetch(`${provider}/${path}`, init);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  } catch (error) {
    const code = ((error as Error).cause as { code?: string } | undefined)?.code;
    // Nothing was sent.
    if (code === 'ECONNREFUSED') throw new OverloadedError('the provider is down', { cause: error });
    throw error;
  }
}

/** The body decides, not the status alone. */
function chargeOf({ cents, isDeclined }: PaidOrder): (context: CallContext) => Promise<Charge> {
  return async ({ idempotencyKey: key, signal }) => {
    const body = JSON.stringify({ key, cents, isDeclined });
    const answer = await asked('', { method: 'POST', body, signal });
    if (answer.body.charge !== undefined) return answer.body.charge as Charge;
    if (answer.body.error === 'card_declined') throw new PermanentError('the card was declined');
    if (answer.status === 429) throw new OverloadedError('throttled', { retryAfterMs: 20 });
    throw new Error(`status ${answer.status}`);
  };
}

async function verify({ idempotencyKey, signal }: VerifyContext): Promise<Verdict<Charge>> {
  const { status, body } = await asked(idempotencyKey, { signal });
  if (body.charge !== undefined) return { happened: true, result: body.charge as Charge };
  if (status === 404) return { happened: false };
  if (body.processing === true) return { happened: 'unknown', reason: 'it says that it is working on it' };
  throw new Error(`status ${status}`);
}

const database = openDatabase();

/** What was settled before this process began, but for some that it performs again. */
async function settledBefore(): Promise<ReadonlySet<unknown>> {
  const statement = { text: "select key from holdfast_effect where state in ('done', 'refused')", values: [] };
  const { rows } = 'execute' in database ? await database.execute(statement) : database.executeSync(statement);
  return new Set(rows.map(({ key }) => key).filter((_, index) => index % 10 > 0));
}

const journal = new EffectJournal({
  name: 'payment',
  store: isPostgres ? new PostgresEffectStore() : new SqliteEffectStore(),
  database,
  deadlineMs: 1_000,
  verifyDeadlineMs: 1_000,
  leaseMarginMs: 500,
  settleMs: 1_500,
  verifyBackoffMs: { min: 50, max: 500 },
});

const settled = new Set(['ERR_INBOX_EFFECT_REFUSED', 'ERR_INBOX_EFFECT_PARKED']);
const all = paidOrders(orders);
const before = await settledBefore();
const waiting = [...all.slice(from), ...all.slice(0, from)].filter(({ key }) => !before.has(key)).reverse();

async function pay(order: PaidOrder): Promise<void> {
  try {
    await journal.perform(order.key, { call: chargeOf(order), verify, about: `${order.cents} cents` });
  } catch (error) {
    const { code, retryAfterMs = 100 } = error as { code?: string; retryAfterMs?: number };
    if (code !== undefined && settled.has(code)) return;
    await new Promise((resolve) => setTimeout(resolve, Math.min(500, retryAfterMs)));
    waiting.unshift(order);
  }
}

async function worker(): Promise<void> {
  for (let order = waiting.pop(); order !== undefined; order = waiting.pop()) await pay(order);
}

const resolver = resolves ? new EffectResolver({ journal, verify }) : undefined;
resolver?.start();
process.send?.('ready');
await Promise.all(Array.from({ length: CONCURRENCY }, worker));
// A worker that ends while another one waits with its last order leaves nothing behind.
await worker();
process.exit(0);
