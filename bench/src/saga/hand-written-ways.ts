import type { Envelope } from '@holdfast/core';
import type pg from 'pg';
import { given, type Way } from '../inbox/way.ts';
import { type HandWrittenMove, moveOf, START } from './hand-written-move.ts';
import { dedup, history, outbox, rowOf, saga, select, timer } from './hand-written-statements.ts';

/** What a careful team writes by hand, with the writes of ours. */
export const BY_HAND = 'hand-written: begin, dedup, select, update … where version, history, outbox, commit';
export const BY_HAND_PIPELINED =
  'hand-written, pipelined: begin with dedup and select … for update, then all writes with commit';

export interface HandWrittenOptions {
  /** Plain for the optimistic one, with `pipeline: true` for the other. */
  readonly pool: pg.Pool;
  readonly concurrency: number;
  readonly timers: boolean;
}

/** Each answer waited for, in six or seven round trips. */
export function handWritten({ pool, concurrency, timers }: HandWrittenOptions): Way {
  return {
    name: BY_HAND,
    batch: 1,
    concurrency,
    handle: ([message]) => withClient(pool, (client) => optimistic(client, given(message), timers)),
  };
}

/** Two round trips; a lock instead of a version, since the row count would be known after the commit only. */
export function handWrittenPipelined({ pool, concurrency, timers }: HandWrittenOptions): Way {
  return {
    name: BY_HAND_PIPELINED,
    batch: 1,
    concurrency,
    handle: ([message]) => withClient(pool, (client) => pipelined(client, given(message), timers)),
  };
}

export async function withClient<Result>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  try {
    return await work(client);
  } finally {
    client.release();
  }
}

async function optimistic(client: pg.PoolClient, message: Envelope, timers: boolean): Promise<void> {
  await client.query('begin');
  const { rowCount: isNew } = await client.query(dedup(message));
  if (isNew === 1) {
    const move = moveOf(message, await found(client, message));
    const { rowCount: written } = await client.query(saga(move));
    if (written !== 1) throw new Error('Somebody else was faster.');
    await client.query(history(move));
    if (timers) await client.query(timer(move));
    await client.query(outbox(move));
  }
  await client.query('commit');
}

/** What begins an order needs no look at it. */
async function found(client: pg.PoolClient, message: Envelope) {
  if (message.type === START) return undefined;
  const { rows } = await client.query(select(message, { lock: false }));
  return rowOf(rows[0]);
}

async function pipelined(client: pg.PoolClient, message: Envelope, timers: boolean): Promise<void> {
  const [, { rowCount: isNew }, locked] = await Promise.all([
    client.query('begin'),
    client.query(dedup(message)),
    message.type === START ? null : client.query(select(message, { lock: true })),
  ]);
  const move = isNew === 1 ? moveOf(message, rowOf(locked?.rows[0])) : null;
  const writes = move === null ? [] : writesOf(move, timers);
  await Promise.all([...writes.map((statement) => client.query(statement)), client.query('commit')]);
}

function writesOf(move: HandWrittenMove, timers: boolean) {
  return [saga(move), history(move), ...(timers ? [timer(move)] : []), outbox(move)];
}
