import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { rabbitmqFolder } from '../services/rabbitmq-installation.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-test-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('RabbitMQ is found in the first folder that has it', () => {
  const [empty, first, second] = ['empty', 'first', 'second'].map((name) => join(folder, name));
  for (const path of [empty, first, second]) mkdirSync(String(path));
  for (const path of [first, second]) writeFileSync(join(String(path), 'rabbitmq-server'), '');
  expect(rabbitmqFolder([empty, first, second].map(String))).toBe(first);
  expect(rabbitmqFolder([String(empty)])).toBeUndefined();
});

test('what is there is not installed again', async () => {
  writeFileSync(join(folder, 'rabbitmq-server'), '');
  // Whoever installs says so.
  const program = `
    import { installRabbitmq } from ${JSON.stringify(join(import.meta.dirname, '../services/rabbitmq-installation.ts'))};
    await installRabbitmq([${JSON.stringify(folder)}]);`;
  const run = spawnSync(process.execPath, ['--input-type=module-typescript', '--eval', program], { encoding: 'utf8' });
  expect(run).toMatchObject({ status: 0, stdout: '', stderr: '' });
});
