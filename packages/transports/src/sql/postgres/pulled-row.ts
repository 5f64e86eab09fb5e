import { type SqlRow, textColumn } from '@holdfast/sql';
import type { PulledRow } from '../store/claim-store.ts';

/** A message from a row that has its body as Base64. */
export function pulledRowOf(row: SqlRow): PulledRow {
  return {
    position: Number(row.position),
    deliveryCount: Number(row.deliveries),
    id: row.id as string,
    source: row.source as string,
    type: row.type as string,
    key: row.key as string | null,
    attributes: textColumn(row, 'attributes'),
    body: Buffer.from(row.body as string, 'base64'),
  };
}
