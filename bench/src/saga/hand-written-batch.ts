import type { Envelope } from '@holdfast/core';
import type pg from 'pg';
import type { Way } from '../inbox/way.ts';
import { type HandWrittenMove, moveOf, type OrderRow, orderIdOf, START } from './hand-written-move.ts';
import { historyValues, rowOf } from './hand-written-statements.ts';
import { withClient } from './hand-written-ways.ts';

/** Events of many orders in one transaction. */
export const BATCH = 50;
export const BY_HAND_50 = `hand-written, pipelined, ${BATCH} events of as many orders in a transaction, by unnest`;

/** The best form for many, on one connection: two round trips, each table written by one statement. */
export function handWrittenBatch(pool: pg.Pool): Way {
  return {
    name: BY_HAND_50,
    batch: BATCH,
    concurrency: 1,
    handle: (messages) => withClient(pool, (client) => together(client, messages)),
  };
}

async function together(client: pg.PoolClient, messages: readonly Envelope[]): Promise<void> {
  const [, recorded, locked] = await Promise.all([
    client.query('begin'),
    client.query(dedupAll(messages)),
    client.query(selectAll(messages)),
  ]);
  const isNew = new Set(recorded.rows.map(({ id }) => id));
  const rows = new Map<string, OrderRow | undefined>(locked.rows.map((row) => [row.order_id, rowOf(row)]));
  const moves = messages.filter(({ id }) => isNew.has(id)).map((one) => moveOf(one, rows.get(orderIdOf(one))));
  const starts = moves.filter(({ eventType }) => eventType === START);
  const others = moves.filter(({ eventType }) => eventType !== START);
  await Promise.all([
    ...(starts.length > 0 ? [client.query(beginAll(starts))] : []),
    ...(others.length > 0 ? [client.query(moveAll(others))] : []),
    client.query(historyOfAll(moves)),
    client.query(outboxOfAll(moves)),
    client.query('commit'),
  ]);
}

function dedupAll(messages: readonly Envelope[]) {
  return {
    name: 'dedup_all',
    text:
      'insert into hand_written_inbox (source, id) select * from unnest($1::text[], $2::text[]) ' +
      'on conflict do nothing returning id',
    values: [messages.map(({ source }) => source), messages.map(({ id }) => id)],
  };
}

function selectAll(messages: readonly Envelope[]) {
  return {
    name: 'select_all',
    text:
      'select order_id, state, data, version from hand_written_saga where order_id = any($1::text[]) ' +
      'order by order_id for update',
    values: [messages.map(orderIdOf)],
  };
}

function beginAll(moves: readonly HandWrittenMove[]) {
  return {
    name: 'begin_all',
    text:
      'insert into hand_written_saga (order_id, state, data, version) ' +
      'select *, 1 from unnest($1::text[], $2::text[], $3::text[])',
    values: [moves.map(({ orderId }) => orderId), moves.map(({ to }) => to), moves.map(({ data }) => data)],
  };
}

function moveAll(moves: readonly HandWrittenMove[]) {
  return {
    name: 'move_all',
    text:
      'update hand_written_saga s set state = m.state, data = m.data, version = s.version + 1, changed_at = now() ' +
      'from unnest($1::text[], $2::text[], $3::text[]) as m (order_id, state, data) where s.order_id = m.order_id',
    values: [moves.map(({ orderId }) => orderId), moves.map(({ to }) => to), moves.map(({ data }) => data)],
  };
}

function historyOfAll(moves: readonly HandWrittenMove[]) {
  const rows = moves.map(historyValues);
  return {
    name: 'history_all',
    text:
      'insert into hand_written_history (order_id, number, event_type, event_id, from_state, to_state, changes, sent) select * from ' +
      'unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])',
    values: [0, 1, 2, 3, 4, 5, 6, 7].map((column) => rows.map((row) => row[column])),
  };
}

function outboxOfAll(moves: readonly HandWrittenMove[]) {
  return {
    name: 'outbox_all',
    text:
      'insert into hand_written_outbox (id, type, key, headers, body) ' +
      'select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])',
    values: [
      moves.map(({ command }) => command.id),
      moves.map(({ command }) => command.type),
      moves.map(({ orderId }) => orderId),
      moves.map(({ command }) => command.headers),
      moves.map(({ command }) => command.body),
    ],
  };
}
