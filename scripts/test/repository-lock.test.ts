import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withRepositoryLock } from '../bootstrap/repository-lock.mjs';
import { temporaryRepository } from './temporary-repository.ts';

test('the lock names its holder and is gone afterwards, also after an error', async () => {
  const file = join(temporaryRepository({}), 'lock');
  const holder = await withRepositoryLock(async () => readFileSync(file, 'utf8'), file);
  expect(holder).toBe(String(process.pid));
  await expect(withRepositoryLock(() => Promise.reject(new Error('broken')), file)).rejects.toThrow('broken');
  expect(existsSync(file)).toBe(false);
});

test('the lock of a process that died is taken over', async () => {
  const file = join(temporaryRepository({}), 'lock');
  writeFileSync(file, String(spawnSync(process.execPath, ['--version']).pid));
  expect(await withRepositoryLock(async () => 'done', file)).toBe('done');
});

test('the second comer waits for the first', async () => {
  const file = join(temporaryRepository({}), 'lock');
  const events: string[] = [];
  const first = Promise.withResolvers<void>();
  const one = withRepositoryLock(async () => {
    events.push('first begins');
    await first.promise;
    events.push('first ends');
  }, file);
  const two = withRepositoryLock(async () => events.push('second begins'), file);
  await Promise.resolve();
  first.resolve();
  await Promise.all([one, two]);
  expect(events).toEqual(['first begins', 'first ends', 'second begins']);
});
