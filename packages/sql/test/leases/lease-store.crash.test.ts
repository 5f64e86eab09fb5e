import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Migrator, sqliteLeaseMigrations } from '@holdfast/sql';
import { sqliteTestDatabase } from '@holdfast/sql/testing';
import { expect, onTestFinished, test } from 'vitest';

const program = fileURLToPath(new URL('./contending-process.ts', import.meta.url));

test('processes that fight for one lease on SQLite never get the same token twice, and each sees them grow', async () => {
  const { database, file, names, drop } = sqliteTestDatabase();
  onTestFinished(() => drop());
  await new Migrator({ database, names, sets: [sqliteLeaseMigrations] }).up();
  const processes = Array.from({ length: 4 }, () =>
    spawn(process.execPath, [program, file], { stdio: ['pipe', 'pipe', 'inherit'] }),
  );
  onTestFinished(() => {
    for (const one of processes) {
      one.kill('SIGKILL');
    }
  });
  await Promise.all(processes.map((one) => once(one.stdout, 'data')));
  const answers = processes.map((one) => once(one.stdout, 'data'));
  for (const one of processes) {
    one.stdin.write('go\n');
  }
  const tokens = (await Promise.all(answers)).map(([answer]) => String(answer).trim().split(' ').map(Number));
  for (const ofOne of tokens) {
    expect(ofOne).toEqual(ofOne.toSorted((a, b) => a - b));
  }
  expect(tokens.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
});
