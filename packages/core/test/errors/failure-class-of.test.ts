import { expect, test } from 'vitest';
import {
  failureClassOf,
  HoldfastError,
  MalformedMessageError,
  OverloadedError,
  PermanentError,
  retryAfterMsOf,
  SchemaValidationError,
  TransientError,
  UnknownEventTypeError,
  UnknownOutcomeError,
} from '../../src/index.ts';

test('F5.6: each error class has its failure class, foreign errors are transient', () => {
  expect(failureClassOf(new TransientError('x'))).toBe('transient');
  expect(failureClassOf(new OverloadedError('x'))).toBe('overloaded');
  expect(failureClassOf(new PermanentError('x'))).toBe('permanent');
  expect(failureClassOf(new UnknownOutcomeError('x'))).toBe('unknown');
  for (const foreign of [new Error('x'), 'x', null, undefined, { failureClass: 'permanent' }]) {
    expect(failureClassOf(foreign)).toBe('transient');
  }
});

test('F5.8, F5.10: what no retry can repair is permanent', () => {
  expect(failureClassOf(new MalformedMessageError('x'))).toBe('permanent');
  expect(failureClassOf(new UnknownEventTypeError('x'))).toBe('permanent');
  expect(failureClassOf(new SchemaValidationError('x', 1, ['data']))).toBe('permanent');
});

test('a foreign wrapper has the class of its nearest Holdfast cause', () => {
  const inner = new UnknownOutcomeError('answer lost', { cause: new PermanentError('x') });
  expect(failureClassOf(new Error('charge failed', { cause: new Error('y', { cause: inner }) }))).toBe('unknown');
});

test('a cause chain that is endless or throws counts as transient', () => {
  const endless = new Error('x');
  endless.cause = endless;
  expect(failureClassOf(endless)).toBe('transient');
  const throwing = new Error('x');
  Object.defineProperty(throwing, 'cause', {
    get() {
      throw new Error('no');
    },
  });
  expect(failureClassOf(throwing)).toBe('transient');
});

test('any error of Holdfast may say when it makes sense to try again', () => {
  class BusyError extends HoldfastError {
    readonly code = 'ERR_TEST_BUSY';
    readonly retryAfterMs = 20;
  }
  expect(retryAfterMsOf(new Error('x', { cause: new BusyError('busy') }))).toBe(20);
  expect(retryAfterMsOf(Object.assign(new Error('x'), { retryAfterMs: 20 }))).toBeUndefined();
});

test('the pace that a downstream asks for is read through wrappers, and only if it is a time', () => {
  expect(retryAfterMsOf(new Error('x', { cause: new OverloadedError('429', { retryAfterMs: 1_500 }) }))).toBe(1_500);
  expect(retryAfterMsOf(new OverloadedError('429', { retryAfterMs: 0 }))).toBe(0);
  for (const retryAfterMs of [Number.NaN, -1, Number.POSITIVE_INFINITY, undefined]) {
    expect(retryAfterMsOf(new OverloadedError('429', { retryAfterMs }))).toBeUndefined();
  }
  expect(retryAfterMsOf(new Error('x'))).toBeUndefined();
});
