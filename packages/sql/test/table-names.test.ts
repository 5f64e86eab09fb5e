import { hostileNames } from '@holdfast/core/testing';
import { InvalidIdentifierError, TableNames } from '@holdfast/sql';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_$"';.-]{0,70}$/),
  fc.constantFrom(...hostileNames),
);
const allowed = /^[a-z_][a-z0-9_]*$/;

describe('TableNames', () => {
  test('names a table by prefix and name, in the schema if there is one', () => {
    expect(new TableNames().table('outbox')).toBe('"holdfast_outbox"');
    expect(new TableNames({ schema: 'app', prefix: 'hf' }).table('outbox')).toBe('"app"."hf_outbox"');
    expect(new TableNames({ schema: 'app', prefix: 'hf' }).index('outbox_xid')).toBe('"hf_outbox_xid"');
  });

  test('any schema either throws or appears quoted, and is an allowed name', () => {
    fc.assert(
      fc.property(anyText, (schema) => {
        expectThrownOrQuoted(schema, () => new TableNames({ schema }).table('outbox'), `"${schema}"."holdfast_outbox"`);
      }),
      { numRuns: 2_000 },
    );
  });

  test('any prefix either throws or appears quoted, and is an allowed name', () => {
    fc.assert(
      fc.property(anyText, (prefix) => {
        expectThrownOrQuoted(prefix, () => new TableNames({ prefix }).table('outbox'), `"${prefix}_outbox"`);
      }),
      { numRuns: 2_000 },
    );
  });

  test('any table or index name either throws or appears quoted, and is an allowed name', () => {
    const names = new TableNames();
    fc.assert(
      fc.property(anyText, (name) => {
        expectThrownOrQuoted(name, () => names.table(name), `"holdfast_${name}"`);
        expectThrownOrQuoted(name, () => names.index(name), `"holdfast_${name}"`);
      }),
      { numRuns: 2_000 },
    );
  });

  test('the longest prefix and the longest name together stay below 63 bytes', () => {
    const names = new TableNames({ prefix: 'p'.repeat(20) });
    expect(names.unquoted('n'.repeat(40)).length).toBeLessThan(63);
    expect(() => new TableNames({ prefix: 'p'.repeat(21) })).toThrow(InvalidIdentifierError);
    expect(() => names.table('n'.repeat(41))).toThrow(InvalidIdentifierError);
  });

  test('a value that is not text is refused like any other', () => {
    for (const value of [null, 1, {}, ['holdfast'], Symbol('holdfast')]) {
      expect(() => new TableNames({ prefix: value as string })).toThrow(InvalidIdentifierError);
    }
  });

  test('the error names the value and the rule', () => {
    expect(() => new TableNames({ schema: 'My Schema' })).toThrow(
      expect.objectContaining({
        code: 'ERR_SQL_INVALID_IDENTIFIER',
        kind: 'schema',
        value: 'My Schema',
        message: expect.stringMatching(/"My Schema".*\^\[a-z_\]\[a-z0-9_\]\{0,47\}\$/),
      }),
    );
  });
});

function expectThrownOrQuoted(value: string, act: () => string, quoted: string): void {
  let text: string;
  try {
    text = act();
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidIdentifierError);
    return;
  }
  expect(value).toMatch(allowed);
  expect(text).toBe(quoted);
}
