import { expect, test } from 'vitest';
import { receiptReason } from '../../src/relay/receipt-reason.ts';

test('a reason is one line that every database takes, without credentials, and bounded', () => {
  expect(receiptReason('no queue\nbinds\0it')).toBe('no queue binds it');
  expect(receiptReason(`lone \ud800 surrogate`)).toBe('lone   surrogate');
  expect(receiptReason('refused by amqp://user:secret@host/')).not.toContain('secret');
  expect(receiptReason('x'.repeat(1_000_000))).toHaveLength(500);
});

test('a publisher that gives no reason, or something else, is quoted as such', () => {
  for (const reason of [undefined, null, '', '\0', 7, {}]) expect(receiptReason(reason)).toBe('no reason was given');
});
