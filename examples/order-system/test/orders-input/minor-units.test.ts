import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatMinorUnits, parseMinorUnits } from '../../src/orders-input/minor-units.ts';

test('a decimal amount becomes exactly its minor units', () => {
  expect(parseMinorUnits('0.29')).toBe(29);
  expect(parseMinorUnits('1.1')).toBe(110);
  expect(parseMinorUnits('8.95')).toBe(895);
  expect(parseMinorUnits('0')).toBe(0);
  expect(parseMinorUnits('9999999999.99')).toBe(999_999_999_999);
});

test('every amount of up to ten digits and two decimals is read without rounding', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 9_999_999_999 }), fc.integer({ min: 0, max: 99 }), (whole, decimals) => {
      const text = `${whole}.${String(decimals).padStart(2, '0')}`;
      expect(BigInt(parseMinorUnits(text) ?? -1)).toBe(BigInt(whole) * 100n + BigInt(decimals));
    }),
  );
});

test.each([
  '',
  ' ',
  '-1',
  '+1',
  '1,50',
  '1e3',
  '1.',
  '.5',
  '1.005',
  '007',
  '0x10',
  'NaN',
  'Infinity',
  '12345678901',
  '１２',
  '1 2',
])('%j is no amount', (text) => {
  expect(parseMinorUnits(text)).toBeNull();
});

test('minor units are shown as an amount, however large', () => {
  expect(formatMinorUnits(5)).toBe('0.05');
  expect(formatMinorUnits(123_456n)).toBe('1,234.56');
  expect(formatMinorUnits(-150)).toBe('-1.50');
  expect(formatMinorUnits(900_719_925_474_099_301n)).toBe('9,007,199,254,740,993.01');
});
