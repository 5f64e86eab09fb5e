import { sqlitePreflight } from '@holdfast/sql';
import { BetterSqlite3Database } from '@holdfast/sql/better-sqlite3';
import { sqliteTestDatabase } from '@holdfast/sql/testing';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';

function levelsOf(database: BetterSqlite3Database) {
  return Object.fromEntries(sqlitePreflight(database).map(({ subject, level }) => [subject, level]));
}

function levelsWith(...pragmas: readonly string[]) {
  const { handle, database, drop } = sqliteTestDatabase();
  onTestFinished(() => drop());
  // Otherwise better-sqlite3 keeps the worst of them from being set at all.
  handle.unsafeMode();
  for (const one of pragmas) {
    handle.pragma(one);
  }
  return levelsOf(database);
}

const allOk = {
  'sqlite.file': 'ok',
  'sqlite.journal_mode': 'ok',
  'sqlite.synchronous': 'ok',
  'sqlite.foreign_keys': 'ok',
  'sqlite.busy_timeout': 'ok',
};

describe('sqlitePreflight', () => {
  test('WAL, synchronous FULL, foreign keys and a busy timeout are ok', () => {
    expect(levelsWith()).toEqual(allOk);
    expect(levelsWith('synchronous = EXTRA')).toEqual(allOk);
  });

  test.each([
    ['synchronous = OFF', 'synchronous', 'refuse'],
    ['synchronous = NORMAL', 'synchronous', 'warn'],
    ['journal_mode = DELETE', 'journal_mode', 'warn'],
    ['journal_mode = MEMORY', 'journal_mode', 'refuse'],
    ['journal_mode = OFF', 'journal_mode', 'refuse'],
    ['foreign_keys = OFF', 'foreign_keys', 'warn'],
    ['busy_timeout = 0', 'busy_timeout', 'warn'],
  ])('%s: %s is told to %s, and nothing else', (pragma, setting, level) => {
    expect(levelsWith(pragma)).toEqual({ ...allOk, [`sqlite.${setting}`]: level });
  });

  test('synchronous NORMAL says what a power loss costs', () => {
    const { handle, database, drop } = sqliteTestDatabase();
    onTestFinished(() => drop());
    handle.pragma('synchronous = NORMAL');
    expect(sqlitePreflight(database).map(({ message }) => message)).toContain(
      'synchronous is NORMAL: a power loss may lose the last commits; run "PRAGMA synchronous = FULL".',
    );
  });

  test('a database in memory is a warning', () => {
    const handle = new Database(':memory:');
    onTestFinished(() => {
      handle.close();
    });
    expect(levelsOf(new BetterSqlite3Database(handle))).toMatchObject({ 'sqlite.file': 'warn' });
  });
});
