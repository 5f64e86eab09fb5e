import { bytesColumn, numberColumn, type SqlRow, textColumn } from '@holdfast/sql';
import type { ClaimResult, StoredAnswer } from './idempotency-store.ts';

/** Headers as they are kept in their column. */
export function encodedHeaders(headers: StoredAnswer['headers']): string {
  return JSON.stringify(headers);
}

/** A row of a key that somebody else holds, or whose answer is kept: `fingerprint`, `status`, `headers`, `body`, `retry_after_ms`. */
export function claimResultOf(row: SqlRow): ClaimResult {
  const fingerprint = bytesColumn(row, 'fingerprint');
  if (row['status'] === null) {
    return { state: 'running', fingerprint, retryAfterMs: Math.max(0, numberColumn(row, 'retry_after_ms')) };
  }
  // Written by `encodedHeaders`.
  const headers = JSON.parse(textColumn(row, 'headers')) as [string, string][];
  const answer = { status: numberColumn(row, 'status'), headers, body: bytesColumn(row, 'body') };
  return { state: 'stored', fingerprint, answer };
}
