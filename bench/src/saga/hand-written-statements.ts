import type { Envelope } from '@holdfast/core';
import { type HandWrittenMove, type OrderRow, orderIdOf, START } from './hand-written-move.ts';

/** What a careful team creates: room for updates on the page, and no index that it can do without. */
export const handWrittenTables = [
  'create table hand_written_inbox (source text not null, id text not null, ' +
    'received_at timestamptz not null default now(), primary key (source, id))',
  'create table hand_written_saga (order_id text primary key, state text not null, data text not null, version integer not null, ' +
    'started_at timestamptz not null default now(), changed_at timestamptz not null default now()) with (fillfactor = 70)',
  'create table hand_written_history (order_id text not null, number integer not null, event_type text not null, ' +
    'event_id text not null, from_state text, to_state text not null, changes text not null, sent text not null, ' +
    'at timestamptz not null default now(), primary key (order_id, number))',
  'create table hand_written_outbox (position bigint generated always as identity primary key, id text not null, type text not null, ' +
    'key text not null, headers text not null, body text not null, created_at timestamptz not null default now())',
  'create table dbos_outbox (like hand_written_outbox including all)',
  'create table hand_written_timer (order_id text primary key, due_at timestamptz not null) with (fillfactor = 70)',
  'create index hand_written_timer_by_due on hand_written_timer (due_at)',
];

export function dedup({ source, id }: Envelope) {
  return {
    name: 'dedup',
    text: 'insert into hand_written_inbox (source, id) values ($1, $2) on conflict do nothing',
    values: [source, id],
  };
}

/** `lock`: instead of being optimistic, it waits for the row. */
export function select(message: Envelope, { lock }: { readonly lock: boolean }) {
  return {
    name: lock ? 'select_for_update' : 'select',
    text: `select state, data, version from hand_written_saga where order_id = $1${lock ? ' for update' : ''}`,
    values: [orderIdOf(message)],
  };
}

export function rowOf(row: Readonly<Record<string, unknown>> | undefined): OrderRow | undefined {
  if (row === undefined) return undefined;
  const { state, data, version } = row;
  return { state: String(state), data: JSON.parse(String(data)), version: Number(version) };
}

/** Its row count is 1, or somebody else was faster. */
export function saga({ orderId, eventType, to, data, version }: HandWrittenMove) {
  return eventType === START
    ? {
        name: 'begin_saga',
        text: 'insert into hand_written_saga (order_id, state, data, version) values ($1, $2, $3, 1) on conflict do nothing',
        values: [orderId, to, data],
      }
    : {
        name: 'move_saga',
        text:
          'update hand_written_saga set state = $2, data = $3, version = version + 1, changed_at = now() ' +
          'where order_id = $1 and version = $4',
        values: [orderId, to, data, version - 1],
      };
}

export function history(move: HandWrittenMove) {
  return {
    name: 'history',
    text:
      'insert into hand_written_history (order_id, number, event_type, event_id, from_state, to_state, changes, sent) ' +
      'values ($1, $2, $3, $4, $5, $6, $7, $8)',
    values: [...historyValues(move)],
  };
}

export function historyValues(move: HandWrittenMove) {
  const { orderId, version, eventType, eventId, from, to, changes, command } = move;
  const sent = JSON.stringify([{ type: command.type, id: command.id }]);
  return [orderId, version, eventType, eventId, from, to, changes, sent] as const;
}

export function outbox({ orderId, command: { id, type, headers, body } }: HandWrittenMove) {
  return {
    name: 'outbox',
    text: 'insert into hand_written_outbox (id, type, key, headers, body) values ($1, $2, $3, $4, $5)',
    values: [id, type, orderId, headers, body],
  };
}

/** Sets the timer anew, or ends it. */
export function timer({ orderId, waits }: HandWrittenMove) {
  return waits
    ? {
        name: 'set_timer',
        text:
          "insert into hand_written_timer (order_id, due_at) values ($1, now() + interval '1 hour') " +
          'on conflict (order_id) do update set due_at = excluded.due_at',
        values: [orderId],
      }
    : { name: 'end_timer', text: 'delete from hand_written_timer where order_id = $1', values: [orderId] };
}
