import { CommitUnknownError, DatabaseTimeoutError, DatabaseUnavailableError } from '@holdfast/sql';
import { describe, expect, test } from 'vitest';
import { postgresOutcome, sqliteOutcome } from '../../src/sql/database-failure.ts';

function serverError(code: string): Error {
  return Object.assign(new Error('an answer of the server'), { code, severity: 'ERROR' });
}

describe('what a failed statement has done', () => {
  test.each([
    ['a value that the server refuses', serverError('22021'), 'refused'],
    ['a deadlock', serverError('40P01'), 'unavailable'],
    ['a server that cancels it', serverError('57014'), 'unavailable'],
    ['a server that is read-only', serverError('25006'), 'unavailable'],
    ['no more disk', serverError('53100'), 'unavailable'],
    ['a missing function', serverError('42883'), 'unavailable'],
    ['a completion that the server does not know', serverError('40003'), 'unknown'],
    ['no connection', new DatabaseUnavailableError('connect'), 'unavailable'],
    ['no connection in time', new DatabaseTimeoutError('connect', 1), 'unavailable'],
    ['no answer in time', new DatabaseTimeoutError('select', 1), 'unknown'],
    ['a lost connection', new DatabaseUnavailableError('select'), 'unknown'],
    [
      'a server that ends the session',
      new DatabaseUnavailableError('select', { cause: serverError('57P01') }),
      'unavailable',
    ],
    ['a lost commit', new CommitUnknownError(), 'unknown'],
    ['anything else', new TypeError('not of the database'), 'unknown'],
  ])('%s', (_what, error, outcome) => {
    expect(postgresOutcome(error)).toBe(outcome);
  });

  test('SQLite fails before anything has happened', () => {
    expect(sqliteOutcome()).toBe('unavailable');
  });
});
