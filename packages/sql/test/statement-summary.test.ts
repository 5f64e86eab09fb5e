import { describe, expect, test } from 'vitest';
import { statementSummary } from '../src/statement-summary.ts';

describe('statementSummary', () => {
  test('is one line of at most 81 characters', () => {
    expect(statementSummary('select 1\n  from   orders ')).toBe('select 1 from orders');
    expect(statementSummary(`select ${'x'.repeat(200)}`)).toHaveLength(81);
  });

  test.each([
    "update t set a = 'secret' where b = $1",
    "select 'it''s a secret', 'secret'",
    'select $$secret$$',
    "select $body$it's a secret$body$",
    "select 'an unfinished secret",
    `select '${'x'.repeat(2_000)}secret'`,
  ])('holds no literal: %s', (text) => {
    expect(statementSummary(text)).not.toContain('secret');
  });

  test('keeps placeholders', () => {
    expect(statementSummary('select $1, $2 from t where a = $3')).toBe('select $1, $2 from t where a = $3');
  });
});
