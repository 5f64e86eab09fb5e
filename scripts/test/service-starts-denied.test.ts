import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withServiceStartsDenied } from '../services/service-starts-denied.ts';

const own = '#!/bin/sh\nexit 7\n';
let folder: string;
let policy: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-test-'));
  policy = join(folder, 'policy-rc.d');
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function answer(): number | null {
  return spawnSync(policy, ['some-service', 'start']).status;
}

function writeOwnPolicy(): void {
  writeFileSync(policy, own);
  chmodSync(policy, 0o755);
}

/** What a process that was killed during its work leaves. */
async function killDuringWork(): Promise<void> {
  const module = join(import.meta.dirname, '../services/service-starts-denied.ts');
  const program = `
    import { withServiceStartsDenied } from ${JSON.stringify(module)};
    await withServiceStartsDenied(async () => {
      console.log('denied');
      await new Promise((resolve) => setTimeout(resolve, 60_000));
    }, ${JSON.stringify(policy)});`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  expect(answer()).toBe(101);
  child.kill('SIGKILL');
  await once(child, 'exit');
}

test('starts are denied during the work only', async () => {
  const during = await withServiceStartsDenied(async () => answer(), policy);
  expect(during).toBe(101);
  expect(readdirSync(folder)).toEqual([]);
});

test("the machine's own policy comes back, also when the work fails", async () => {
  writeOwnPolicy();
  const work = async (): Promise<never> => {
    expect(answer()).toBe(101);
    throw new Error('the work failed');
  };
  await expect(withServiceStartsDenied(work, policy)).rejects.toThrow('the work failed');
  expect(readFileSync(policy, 'utf8')).toBe(own);
  expect(readdirSync(folder)).toEqual(['policy-rc.d']);
});

test('what a killed run left denies nothing, and the next run cleans it up', async () => {
  await killDuringWork();
  expect(existsSync(policy)).toBe(true);
  expect(answer()).toBe(0);
  await withServiceStartsDenied(async () => {}, policy);
  expect(readdirSync(folder)).toEqual([]);
});

test("what a killed run left asks the machine's own policy, and the next run puts that back", async () => {
  writeOwnPolicy();
  await killDuringWork();
  expect(answer()).toBe(7);
  await withServiceStartsDenied(async () => {}, policy);
  expect(readFileSync(policy, 'utf8')).toBe(own);
  expect(readdirSync(folder)).toEqual(['policy-rc.d']);
});
