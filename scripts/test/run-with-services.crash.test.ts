import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { expect, test, vi } from 'vitest';
import { isSqsReady } from '../services/sqs-ready.ts';

const launcher = join(import.meta.dirname, '../services/run-with-services.ts');
const program = join(import.meta.dirname, 'fixtures/say-sqs-url.ts');

function launch(...args: readonly string[]): ChildProcessByStdio<null, Readable, null> {
  const env = { ...process.env, HOLDFAST_SQS_URL: '' };
  return spawn(process.execPath, [launcher, program, '--transport', 'sqs', ...args], {
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

interface Said {
  readonly pid: number;
  readonly port: number;
}

async function saidBy(launched: ChildProcessByStdio<null, Readable, null>): Promise<Said> {
  for await (const line of createInterface({ input: launched.stdout })) {
    const { pid, url, ok }: { readonly pid: number; readonly url: string; readonly ok: boolean } = JSON.parse(line);
    expect(ok).toBe(true);
    return { pid, port: Number(new URL(url).port) };
  }
  throw new Error('The program said nothing.');
}

test('a program finds its service in the environment, and the service ends with it', async () => {
  const launched = launch('--at-once');
  const exited = once(launched, 'exit');
  const { port } = await saidBy(launched);
  expect(await exited).toEqual([0, null]);
  expect(await isSqsReady(port)).toBe(false);
});

test('a signal reaches the program, its exit code comes back, and the service ends', async () => {
  const launched = launch();
  const exited = once(launched, 'exit');
  const { port } = await saidBy(launched);
  launched.kill('SIGTERM');
  expect(await exited).toEqual([3, null]);
  expect(await isSqsReady(port)).toBe(false);
});

test('when the launcher is killed the service ends', async () => {
  const launched = launch();
  const { pid, port } = await saidBy(launched);
  launched.kill('SIGKILL');
  await vi.waitUntil(async () => !(await isSqsReady(port)), { timeout: 20_000 });
  process.kill(pid, 'SIGKILL');
});
