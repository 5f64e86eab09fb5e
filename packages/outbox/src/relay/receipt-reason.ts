import { scrubCredentials } from '@holdfast/core';

const MAX_LENGTH = 500;

/**
 * A publisher's reason as it is kept and shown: one line, bounded, without credentials and without characters that a
 * database would refuse.
 */
export function receiptReason(reason: unknown): string {
  if (typeof reason !== 'string' || reason === '') return 'no reason was given';
  const line = reason.slice(0, 4 * MAX_LENGTH).replace(/[\p{Cc}\p{Cs}\u2028\u2029]+/gu, ' ');
  return scrubCredentials(line).slice(0, MAX_LENGTH).trim() || 'no reason was given';
}
