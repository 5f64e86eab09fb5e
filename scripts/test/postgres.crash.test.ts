import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { isRunning } from '../bootstrap/running-process.mjs';
import { startPostgres } from '../services/postgres.ts';

interface Held {
  readonly owner: ChildProcess;
  readonly pid: number;
  readonly folder: string;
}

async function holdPostgres(): Promise<Held> {
  const script = join(import.meta.dirname, 'fixtures', 'hold-postgres.ts');
  const owner = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: owner.stdout })) {
    const { pid, dataDir }: { readonly pid: number; readonly dataDir: string } = JSON.parse(line);
    return { owner, pid, folder: dirname(dataDir) };
  }
  throw new Error('The owner ended before its server was ready.');
}

test.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
  'when its owner ends by %s, the server and its data go',
  async (signal) => {
    const { owner, pid, folder } = await holdPostgres();
    owner.kill(signal);
    await vi.waitUntil(() => !isRunning(pid) && !existsSync(folder), { timeout: 20_000 });
  },
);

test('what owner and guard left behind when both were killed goes at the next start', async () => {
  const { owner, pid, folder } = await holdPostgres();
  const guard = Number(readFileSync(join(folder, 'owner.pid'), 'utf8'));
  process.kill(guard, 'SIGKILL');
  owner.kill('SIGKILL');
  await vi.waitUntil(() => !isRunning(guard) && !isRunning(owner.pid));
  await sleep(100);
  expect(isRunning(pid)).toBe(true);
  const next = await startPostgres({ major: 18, own: true });
  await next.stop();
  expect(isRunning(pid)).toBe(false);
  expect(existsSync(folder)).toBe(false);
});
