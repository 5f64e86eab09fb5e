import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseCsvRecord } from '../../src/orders-input/parse-csv-record.ts';

test('fields that were quoted as RFC 4180 says are read back', () => {
  const field = fc.string({ unit: fc.constantFrom('a', ' ', ',', '"', '\n', 'é') }).map((text) => text.trim());
  fc.assert(
    fc.property(fc.array(field, { minLength: 1 }), (fields) => {
      const text = fields.map((value) => `"${value.replaceAll('"', '""')}"`).join(',');
      expect(parseCsvRecord(text)).toEqual({ state: 'complete', fields });
    }),
  );
});

test('unquoted fields lose surrounding spaces, and empty ones count', () => {
  expect(parseCsvRecord(' a , b c ,,\td')).toEqual({ state: 'complete', fields: ['a', 'b c', '', 'd'] });
  expect(parseCsvRecord('"a" , "b"')).toEqual({ state: 'complete', fields: ['a', 'b'] });
  expect(parseCsvRecord('"a",')).toEqual({ state: 'complete', fields: ['a', ''] });
});

test('a quoted field that does not end is open', () => {
  expect(parseCsvRecord('a,"b')).toEqual({ state: 'open', fields: ['a'] });
  expect(parseCsvRecord('a,"b""')).toEqual({ state: 'open', fields: ['a'] });
});

test('a quote in the wrong place is malformed, and the fields before it are known', () => {
  expect(parseCsvRecord('a,b"c,d')).toEqual({ state: 'malformed', fields: ['a'] });
  expect(parseCsvRecord('a,"b"c,d')).toEqual({ state: 'malformed', fields: ['a'] });
});

test('any text is judged', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('"', ',', ' ', 'a', '\n') }), (text) => {
      expect(['complete', 'open', 'malformed']).toContain(parseCsvRecord(text).state);
    }),
  );
});
