import {
  CommitUnknownError,
  classifyPostgresError,
  DatabaseBusyError,
  DatabaseTimeoutError,
  DatabaseUnavailableError,
  isRetryableTransactionError,
  type PostgresErrorClass,
  TransactionAbortedError,
} from '@holdfast/sql';
import { describe, expect, test } from 'vitest';

function serverError(code: string): Error {
  return Object.assign(new Error('a message in any language'), { code, severity: 'ERROR' });
}

function socketError(code: string): Error {
  return Object.assign(new Error(`connect ${code}`), { code });
}

const cases: readonly (readonly [string, PostgresErrorClass, boolean])[] = [
  ['40001', 'conflict', true],
  ['40P01', 'conflict', true],
  ['55P03', 'conflict', true],
  ['57P01', 'unavailable', true],
  ['57P02', 'unavailable', true],
  ['57P03', 'unavailable', true],
  ['08006', 'unavailable', true],
  ['08001', 'unavailable', true],
  ['53300', 'unavailable', true],
  ['25006', 'unavailable', true],
  ['25P03', 'unavailable', true],
  ['53100', 'exhausted', false],
  ['53200', 'exhausted', false],
  ['57014', 'timeout', false],
  ['40003', 'commit-unknown', false],
  ['23505', 'constraint', false],
  ['42P01', 'rejected', false],
  ['22P02', 'rejected', false],
];

describe('classifyPostgresError', () => {
  test.each(cases)('SQLSTATE %s is "%s"', (code, kind, retryable) => {
    expect(classifyPostgresError(serverError(code))).toBe(kind);
    expect(isRetryableTransactionError(serverError(code))).toBe(retryable);
  });

  test.each(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN'])(
    'socket error %s is "unavailable"',
    (code) => {
      expect(classifyPostgresError(socketError(code))).toBe('unavailable');
    },
  );

  test('what the driver says without a code is known by its text', () => {
    expect(classifyPostgresError(new Error('Connection terminated unexpectedly'))).toBe('unavailable');
    expect(classifyPostgresError(new Error('Query read timeout'))).toBe('timeout');
    expect(classifyPostgresError(new Error('timeout exceeded when trying to connect'))).toBe('timeout');
  });

  test('an error of the program is "other", whatever its code', () => {
    expect(classifyPostgresError(new TypeError('x is not a function'))).toBe('other');
    expect(classifyPostgresError(Object.assign(new Error('no'), { code: '40001' }))).toBe('other');
    expect(classifyPostgresError('40001')).toBe('other');
    expect(classifyPostgresError(null)).toBe('other');
  });

  test('an unknown commit is never retried blindly, whatever caused it', () => {
    const error = new CommitUnknownError({ cause: socketError('ECONNRESET') });
    expect(classifyPostgresError(error)).toBe('commit-unknown');
    expect(isRetryableTransactionError(error)).toBe(false);
  });

  test('a lost connection and a locked SQLite are retried, a timeout is not', () => {
    expect(isRetryableTransactionError(new DatabaseUnavailableError('select 1'))).toBe(true);
    expect(isRetryableTransactionError(new DatabaseBusyError('begin immediate'))).toBe(true);
    expect(isRetryableTransactionError(new DatabaseTimeoutError('select 1', 5))).toBe(false);
  });

  test('an aborted transaction is as retryable as what aborted it', () => {
    expect(isRetryableTransactionError(new TransactionAbortedError({ cause: serverError('40001') }))).toBe(true);
    expect(isRetryableTransactionError(new TransactionAbortedError({ cause: serverError('23505') }))).toBe(false);
  });
});
