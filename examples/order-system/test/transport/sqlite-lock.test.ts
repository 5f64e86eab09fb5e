import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDatabase } from '../../src/sqlite/open-database.ts';
import { SqliteLock } from '../../src/transport/sqlite-lock.ts';
import { temporaryFolder } from '../temporary-folder.ts';

test('F13.3: while the lock is held nobody else writes, and it waits for who writes now', async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, 'broker.sqlite3');
  const db = openDatabase(file, 'create table t (n integer)');
  db.pragma('busy_timeout = 0');
  const lock = new SqliteLock(file);
  db.exec('begin immediate');
  let taken = false;
  const taking = lock.take().then(() => {
    taken = true;
  });
  await new Promise(setImmediate);
  expect(taken).toBe(false);
  db.exec('commit');
  await taking;
  expect(() => db.exec('insert into t values (1)')).toThrow(/locked/);
  await lock.take();
  lock.giveBack();
  db.exec('insert into t values (1)');
  lock.close();
  db.close();
});
