import type { Envelope } from '@holdfast/core';
import type pg from 'pg';
import { chargeOfBody, insertCharge, insertCharges } from './charge.ts';
import type { InboxDatabase } from './inbox-database.ts';
import { BATCH, given, type Way } from './way.ts';

/** The limits: no inbox at all, so duplicates take effect twice. */
export const AUTOCOMMIT = 'raw: one insert, autocommit';
export const TRANSACTION = 'raw: begin, insert, commit';
export const PIPELINED = 'raw: begin with insert, then commit (pipelined)';
export const TRANSACTION_10 = 'raw: begin, insert, commit, 10 at a time';
/** What a careful team writes by hand. */
export const BY_HAND = 'hand-written inbox: begin, insert … on conflict, insert, commit';
export const BY_HAND_PIPELINED = 'hand-written inbox, pipelined: begin with insert … on conflict';
export const BY_HAND_100 = 'hand-written inbox, 100 in a transaction, all in two round trips';

/** All of them, on connections of their own. */
export function handWrittenWays(database: InboxDatabase): readonly Way[] {
  const plain = database.pool({ max: 10 });
  const pipelined = database.pool({ max: 1, pipeline: true });
  return [
    { name: AUTOCOMMIT, ...single, handle: ([message]) => plain.query(charge(message)) },
    { name: TRANSACTION, ...single, handle: ([message]) => inTransaction(plain, message) },
    { name: PIPELINED, ...single, handle: ([message]) => inPipelinedTransaction(pipelined, message) },
    { name: TRANSACTION_10, batch: 1, concurrency: 10, handle: ([message]) => inTransaction(plain, message) },
    { name: BY_HAND, ...single, handle: ([message]) => byHand(plain, message) },
    { name: BY_HAND_PIPELINED, ...single, handle: ([message]) => byHandPipelined(pipelined, message) },
    { name: BY_HAND_100, batch: BATCH, concurrency: 1, handle: (messages) => allByHand(pipelined, messages) },
  ];
}

const single = { batch: 1, concurrency: 1 };

function charge(message: Envelope | undefined) {
  return insertCharge(chargeOfBody(given(message)));
}

async function withClient<Result>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
  const client = await pool.connect();
  try {
    return await work(client);
  } finally {
    client.release();
  }
}

function inTransaction(pool: pg.Pool, message: Envelope | undefined): Promise<void> {
  return withClient(pool, async (client) => {
    await client.query('begin');
    await client.query(charge(message));
    await client.query('commit');
  });
}

function inPipelinedTransaction(pool: pg.Pool, message: Envelope | undefined): Promise<void> {
  return withClient(pool, async (client) => {
    await Promise.all([client.query('begin'), client.query(charge(message))]);
    await client.query('commit');
  });
}

function record({ source, id }: Envelope) {
  return {
    name: 'record',
    text: 'insert into hand_written_inbox (source, id) values ($1, $2) on conflict do nothing',
    values: [source, id],
  };
}

function byHand(pool: pg.Pool, message: Envelope | undefined): Promise<void> {
  return withClient(pool, async (client) => {
    await client.query('begin');
    const { rowCount } = await client.query(record(given(message)));
    if (rowCount === 1) await client.query(charge(message));
    await client.query('commit');
  });
}

function byHandPipelined(pool: pg.Pool, message: Envelope | undefined): Promise<void> {
  return withClient(pool, async (client) => {
    const [, { rowCount }] = await Promise.all([client.query('begin'), client.query(record(given(message)))]);
    if (rowCount === 1) await client.query(charge(message));
    await client.query('commit');
  });
}

/** Records with begin, effects of what was new with commit. */
function allByHand(pool: pg.Pool, messages: readonly Envelope[]): Promise<void> {
  return withClient(pool, async (client) => {
    const [, { rows }] = await Promise.all([client.query('begin'), client.query(records(messages))]);
    const fresh = new Set(rows.map(({ id }) => id));
    const charges = messages.filter(({ id }) => fresh.has(id)).map(chargeOfBody);
    await Promise.all([client.query(insertCharges(charges)), client.query('commit')]);
  });
}

function records(messages: readonly Envelope[]) {
  return {
    name: 'records',
    text:
      'insert into hand_written_inbox (source, id) select * from unnest($1::text[], $2::text[]) ' +
      'on conflict do nothing returning id',
    values: [messages.map(({ source }) => source), messages.map(({ id }) => id)],
  };
}
