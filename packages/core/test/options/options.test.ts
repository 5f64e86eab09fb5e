import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  booleanOption,
  InvalidOptionError,
  integerOption,
  numberOption,
  oneOfOption,
  stringOption,
} from '../../src/index.ts';
import { hostileStrings } from '../../src/testing/index.ts';

const thrownBy = (run: () => unknown): InvalidOptionError => {
  try {
    run();
  } catch (error) {
    if (error instanceof InvalidOptionError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

test('a refused option is named, with its value in quotes and what is allowed', () => {
  const error = thrownBy(() => integerOption('leaseMs', 1.5, { min: 1, max: 60_000 }));
  expect(error).toMatchObject({ code: 'ERR_CORE_INVALID_OPTION', option: 'leaseMs' });
  expect(error.message).toBe('Option "leaseMs" is "1.5". Give an integer from 1 to 60000.');
});

test('a credential in a refused value is not shown', () => {
  expect(new InvalidOptionError('url', 'amqp://user:s3cret@host', 'a URL').message).not.toContain('s3cret');
  expect(new InvalidOptionError('options', { password: 's3cret' }, 'a URL').message).not.toContain('s3cret');
});

describe('integers', () => {
  const rule = { min: 1, max: 10, default: 5 };
  test('the default stands in for undefined only', () => {
    expect(integerOption('n', undefined, rule)).toBe(5);
    expect(integerOption('n', 1, rule)).toBe(1);
    expect(() => integerOption('n', undefined, { min: 1 })).toThrow('"n" is missing');
  });
  test.each([0, 11, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '5', 5n, null, {}, true])('%s is refused', (value) => {
    expect(() => integerOption('n', value as number, rule)).toThrow(InvalidOptionError);
  });
});

test('numbers within the bounds are taken, others are refused', () => {
  expect(numberOption('share', 0.5, { min: 0, max: 1 })).toBe(0.5);
  for (const value of [-0.1, 1.1, Number.NaN, '0.5', null]) {
    expect(() => numberOption('share', value as number, { min: 0, max: 1 })).toThrow(InvalidOptionError);
  }
});

test('strings that pass fit their rule', () => {
  const rule = { maxBytes: 20, pattern: /^[a-z_]+$/g };
  const strings = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(...hostileStrings),
    fc.constantFrom('a', 'ab_c'),
  );
  fc.assert(
    fc.property(strings, (value) => {
      const allowed = /^[a-z_]{1,20}$/.test(value);
      if (allowed) expect(stringOption('name', value, rule)).toBe(value);
      else expect(() => stringOption('name', value, rule)).toThrow(InvalidOptionError);
    }),
  );
});

test('without a pattern, strings are limited in bytes and hold no control characters', () => {
  expect(stringOption('name', 'é'.repeat(5), { maxBytes: 10 })).toBe('é'.repeat(5));
  for (const value of ['', 'é'.repeat(6), 'a\u0000', '\ud800', 5 as unknown as string]) {
    expect(() => stringOption('name', value, { maxBytes: 10 })).toThrow(InvalidOptionError);
  }
});

test('a word is one of the list, a boolean is a boolean', () => {
  const rule = { allowed: ['block', 'park'], default: 'park' } as const;
  expect(oneOfOption('policy', undefined, rule)).toBe('park');
  expect(oneOfOption('policy', 'block', rule)).toBe('block');
  expect(() => oneOfOption('policy', 'Block' as 'block', rule)).toThrow('one of "block", "park"');
  expect(booleanOption('notify', undefined, true)).toBe(true);
  expect(booleanOption('notify', false, true)).toBe(false);
  expect(() => booleanOption('notify', 'false' as unknown as boolean, true)).toThrow(InvalidOptionError);
});
