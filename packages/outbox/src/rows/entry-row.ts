import { decodeAttributes } from '@holdfast/core';
import type { SqlRow } from '@holdfast/sql';
import type { LogEntry } from '../store/log-page.ts';

/** What {@link entryOf} needs of a row. */
export const ENTRY_COLUMNS = 'position, key, id, source, type, attributes, body';

/** An entry from a row of the log or of the parking, whatever the database. Its body comes as bytes, or as Base64. */
export function entryOf(row: SqlRow): LogEntry {
  return {
    // An integer comes as a string, a number or a BigInt, as the application has set its driver up.
    position: Number(row.position),
    envelope: {
      id: row.id as string,
      source: row.source as string,
      type: row.type as string,
      key: row.key as string | null,
      attributes: decodeAttributes(row.attributes as string),
      body: typeof row.body === 'string' ? Buffer.from(row.body, 'base64') : (row.body as Uint8Array),
    },
  };
}
