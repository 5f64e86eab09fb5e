import type { SqlRow } from '@holdfast/sql';
import type { ParkedAction, ParkedMessage, ParkedRequest, ParkedRole } from '../store/parked-message.ts';
import { entryOf } from './entry-row.ts';

export function parkedMessageOf(row: SqlRow): ParkedMessage {
  return {
    lane: Number(row.lane),
    position: Number(row.position),
    id: row.id as string,
    type: row.type as string,
    key: row.key as string | null,
    role: row.role as ParkedRole,
    reason: row.reason as string,
    parkedAt: Math.round(Number(row.parked_at)),
    requested: row.requested as ParkedAction | null,
  };
}

export function parkedRequestOf(row: SqlRow): ParkedRequest {
  return { entry: entryOf(row), role: row.role as ParkedRole, action: row.requested as ParkedAction };
}
