import type { Envelope } from '@holdfast/core';
import type { Database } from 'better-sqlite3';
import type { Way } from '../inbox/way.ts';
import { BATCH } from './hand-written-batch.ts';
import { type HandWrittenMove, moveOf, orderIdOf, START } from './hand-written-move.ts';
import { historyValues, rowOf } from './hand-written-statements.ts';

export const BY_HAND = 'hand-written: dedup, select, update … where version, history, outbox, in a transaction';
export const BY_HAND_50 = `hand-written, ${BATCH} events of as many orders in a transaction`;

/** Prepared statements in transactions of the driver. */
export function sqliteHandWrittenWays(db: Database): readonly Way[] {
  const handle = handleOne(db);
  const way = (name: string, batch: number): Way => {
    const transaction = db.transaction((messages: readonly Envelope[]) => {
      for (const message of messages) handle(message);
    });
    return { name, batch, concurrency: 1, handle: async (messages) => transaction.immediate(messages) };
  };
  return [way(BY_HAND, 1), way(BY_HAND_50, BATCH)];
}

function handleOne(db: Database): (message: Envelope) => void {
  const dedup = db.prepare('insert into hand_written_inbox (source, id) values (?, ?) on conflict do nothing');
  const select = db.prepare('select state, data, version from hand_written_saga where order_id = ?');
  const write = writer(db);
  return (message) => {
    if (dedup.run(message.source, message.id).changes === 0) return;
    const row = message.type === START ? undefined : select.get(orderIdOf(message));
    write(moveOf(message, rowOf(row as Readonly<Record<string, unknown>> | undefined)));
  };
}

function writer(db: Database): (move: HandWrittenMove) => void {
  const begin = db.prepare('insert into hand_written_saga (order_id, state, data, version) values (?, ?, ?, 1)');
  const update = db.prepare(
    'update hand_written_saga set state = ?, data = ?, version = version + 1, ' +
      "changed_at = cast(unixepoch('subsec') * 1000 as integer) where order_id = ? and version = ?",
  );
  const history = db.prepare(
    'insert into hand_written_history (order_id, number, event_type, event_id, from_state, to_state, changes, sent) ' +
      'values (?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const outbox = db.prepare('insert into hand_written_outbox (id, type, key, headers, body) values (?, ?, ?, ?, ?)');
  return (move) => {
    const { orderId, to, data, version, eventType, command } = move;
    const { changes } = eventType === START ? begin.run(orderId, to, data) : update.run(to, data, orderId, version - 1);
    if (changes !== 1) throw new Error('Somebody else was faster.');
    history.run(...historyValues(move));
    outbox.run(command.id, command.type, orderId, command.headers, command.body);
  };
}
