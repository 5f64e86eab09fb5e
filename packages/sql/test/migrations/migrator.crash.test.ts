import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Migrator } from '@holdfast/sql';
import { postgresTestDatabase, sqliteTestDatabase } from '@holdfast/sql/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { otherSet, thingSet } from './example-sets.ts';

const program = fileURLToPath(new URL('./migrating-process.ts', import.meta.url));

/** Starts processes, lets them go at the same moment, and gives what each one applied. */
async function migrateAtOnce(processes: number, dialect: 'postgresql' | 'sqlite', target: string) {
  const started = Array.from({ length: processes }, () =>
    spawn(process.execPath, [program, dialect, target], { stdio: ['pipe', 'pipe', 'inherit'] }),
  );
  onTestFinished(() => {
    for (const one of started) {
      one.kill('SIGKILL');
    }
  });
  await Promise.all(started.map((one) => once(one.stdout, 'data')));
  const answers = started.map(async (one) => {
    const [answer] = await once(one.stdout, 'data');
    const [code] = one.exitCode === null ? await once(one, 'exit') : [one.exitCode];
    return { applied: Number(String(answer)), code };
  });
  for (const one of started) {
    one.stdin.write('go\n');
  }
  return Promise.all(answers);
}

describe('processes that migrate at once', () => {
  test.each([15, 18] as const)('on PostgreSQL %i each migration is applied by exactly one of them', async (version) => {
    const { database, url, drop } = await postgresTestDatabase(version);
    onTestFinished(drop);
    const answers = await migrateAtOnce(4, 'postgresql', url);
    expect(answers.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    expect(answers.reduce((sum, { applied }) => sum + applied, 0)).toBe(3);
    await new Migrator({ database, sets: [thingSet('postgresql'), otherSet('postgresql')] }).check();
  });

  test('on SQLite each migration is applied by exactly one of them', async () => {
    const { database, file, drop } = sqliteTestDatabase();
    onTestFinished(() => drop());
    const answers = await migrateAtOnce(4, 'sqlite', file);
    expect(answers.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    expect(answers.reduce((sum, { applied }) => sum + applied, 0)).toBe(3);
    await new Migrator({ database, sets: [thingSet('sqlite'), otherSet('sqlite')] }).check();
  });
});
