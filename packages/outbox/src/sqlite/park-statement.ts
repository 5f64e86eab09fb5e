import { encodeAttributes } from '@holdfast/core';
import type { SqlStatement } from '@holdfast/sql';
import type { ParkedEntry } from '../store/parked-message.ts';
import type { OutboxTables } from './outbox-tables.ts';

/**
 * Puts an entry aside; one that is parked already stays as it is. What comes to wait behind a message whose key is being
 * redriven is to be redriven as well.
 */
export function insertParked(tables: OutboxTables, lane: number, { entry, role, reason }: ParkedEntry): SqlStatement {
  const { key, id, source, type, attributes, body } = entry.envelope;
  return {
    text:
      `insert into ${tables.parked} (lane, position, key, id, source, type, attributes, body, role, reason, requested) ` +
      "values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, case when ?9 = 'behind' then (select 'redrive' " +
      `from ${tables.parked} p where p.lane = ?1 and p.key = ?3 and p.requested = 'redrive' limit 1) end) ` +
      'on conflict (lane, position, id) do nothing',
    values: [lane, entry.position, key, id, source, type, encodeAttributes(attributes), body, role, reason],
  };
}
