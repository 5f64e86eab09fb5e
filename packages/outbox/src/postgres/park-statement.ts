import { encodeAttributes } from '@holdfast/core';
import type { SqlStatement } from '@holdfast/sql';
import type { ParkedEntry } from '../store/parked-message.ts';
import type { OutboxTables } from './outbox-tables.ts';

/**
 * Puts entries aside; one that is parked already stays as it is. What comes to wait behind a message whose key is being
 * redriven is to be redriven as well.
 */
export function insertParked(tables: OutboxTables, lane: number, parked: readonly ParkedEntry[]): SqlStatement {
  const envelopes = parked.map(({ entry }) => entry.envelope);
  return {
    text:
      `insert into ${tables.parked} (lane, position, key, id, source, type, attributes, body, role, reason, requested) ` +
      `select $1, n.*, (select 'redrive' from ${tables.parked} p where n.role = 'behind' and p.lane = $1 ` +
      "and p.key = n.key and p.requested = 'redrive' limit 1) " +
      'from unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], ' +
      '$8::bytea[], $9::text[], $10::text[]) as n(position, key, id, source, type, attributes, body, role, reason) ' +
      'on conflict (lane, position, id) do nothing',
    values: [
      lane,
      parked.map(({ entry }) => entry.position),
      envelopes.map((envelope) => envelope.key),
      envelopes.map((envelope) => envelope.id),
      envelopes.map((envelope) => envelope.source),
      envelopes.map((envelope) => envelope.type),
      envelopes.map((envelope) => encodeAttributes(envelope.attributes)),
      envelopes.map((envelope) => Buffer.from(envelope.body)),
      parked.map(({ role }) => role),
      parked.map(({ reason }) => reason),
    ],
  };
}
