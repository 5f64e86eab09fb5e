import { expect, test, vi } from 'vitest';
import { failureClassOf, isHoldfastError, LeaseLostError, PermanentError, retryAfterMsOf } from '../../src/index.ts';

test('an error is recognised by its code', () => {
  const error = new LeaseLostError('lane "default"');
  expect(isHoldfastError(error)).toBe(true);
  expect(isHoldfastError(error, 'ERR_CORE_LEASE_LOST')).toBe(true);
  expect(isHoldfastError(error, 'ERR_CORE_PERMANENT')).toBe(false);
});

test('an error of another copy of the package is recognised', async () => {
  vi.resetModules();
  const copy = await import('../../src/index.ts');
  expect(copy.LeaseLostError).not.toBe(LeaseLostError);
  expect(isHoldfastError(new copy.LeaseLostError('x'), 'ERR_CORE_LEASE_LOST')).toBe(true);
  expect(failureClassOf(new copy.PermanentError('x'))).toBe('permanent');
  expect(retryAfterMsOf(new copy.OverloadedError('x', { retryAfterMs: 5 }))).toBe(5);
});

test('foreign errors and other values are not recognised, whatever their code', () => {
  const foreign = Object.assign(new Error('x'), { code: 'ERR_CORE_LEASE_LOST' });
  for (const value of [foreign, new TypeError('x'), null, undefined, 'ERR_CORE_LEASE_LOST', {}, 1]) {
    expect(isHoldfastError(value)).toBe(false);
  }
});

test('an error has the name of its class, keeps its cause, and shows no brand when printed', () => {
  const cause = new Error('socket closed');
  const error = new PermanentError('bad card', { cause });
  expect(error.name).toBe('PermanentError');
  expect(error.cause).toBe(cause);
  expect(
    Object.getOwnPropertySymbols(error).filter((key) => Object.prototype.propertyIsEnumerable.call(error, key)),
  ).toEqual([]);
});

test('names from outside stand on one line of the message', () => {
  const error = new LeaseLostError('a\nb\u0000c'.repeat(100));
  expect(error.message).not.toMatch(/[\n\0]/);
  expect(error.message.length).toBeLessThan(600);
});
