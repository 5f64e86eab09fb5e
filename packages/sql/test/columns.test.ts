import { bigintColumn, bytesColumn, numberColumn, textColumn, UnexpectedColumnError } from '@holdfast/sql';
import { describe, expect, test } from 'vitest';

describe('columns', () => {
  test.each([9_007_199_254_740_993n, '9007199254740993'])('an integer of any size is read exactly from %o', (value) => {
    expect(bigintColumn({ position: value }, 'position')).toBe(9_007_199_254_740_993n);
  });

  test.each([5n, 5, '5'])('a small integer is read from %o', (value) => {
    expect(bigintColumn({ n: value }, 'n')).toBe(5n);
    expect(numberColumn({ n: value }, 'n')).toBe(5);
  });

  test.each([9_007_199_254_740_993n, 2 ** 60, 'NaN', '', ' ', null, undefined, {}])(
    'a number that would not be exact is refused: %o',
    (value) => {
      expect(() => numberColumn({ n: value }, 'n')).toThrow(UnexpectedColumnError);
    },
  );

  test.each([1.5, 2 ** 60, '1.5', '0x10', '', null, undefined, {}])(
    'what is not an integer is refused: %o',
    (value) => {
      expect(() => bigintColumn({ n: value }, 'n')).toThrow(UnexpectedColumnError);
    },
  );

  test('text and bytes are given as they are', () => {
    const bytes = Buffer.from([0, 255]);
    expect(textColumn({ t: 'a' }, 't')).toBe('a');
    expect(bytesColumn({ b: bytes }, 'b')).toBe(bytes);
  });

  test('the error names the column and the kind of value, never the value', () => {
    expect(() => textColumn({ t: Buffer.from('secret') }, 't')).toThrow('Column "t" holds bytes, expected text.');
    expect(() => bytesColumn({ b: 'secret' }, 'b')).toThrow('Column "b" holds string, expected bytes.');
  });
});
