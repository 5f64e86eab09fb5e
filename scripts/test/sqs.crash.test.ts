import { existsSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { isRunning } from '../bootstrap/running-process.mjs';
import { startSqs } from '../services/sqs.ts';
import { holdService } from './held-service.ts';

test.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
  'when its owner ends by %s, the emulator and its data go',
  async (signal) => {
    const { owner, pids, folder } = await holdService('hold-sqs.ts');
    expect(pids.map((pid) => isRunning(pid))).toEqual(pids.map(() => true));
    expect(pids).toHaveLength(1);
    owner.kill(signal);
    await vi.waitUntil(() => !pids.some((pid) => isRunning(pid)) && !existsSync(folder), { timeout: 20_000 });
  },
);

test('what owner and guard left behind when both were killed goes at the next start', async () => {
  const { owner, guard, pids, folder } = await holdService('hold-sqs.ts');
  process.kill(guard, 'SIGKILL');
  owner.kill('SIGKILL');
  await vi.waitUntil(() => !isRunning(guard) && !isRunning(owner.pid));
  expect(pids.map((pid) => isRunning(pid))).toEqual(pids.map(() => true));
  const next = await startSqs({ own: true });
  await next.stop();
  expect(pids.map((pid) => isRunning(pid))).toEqual(pids.map(() => false));
  expect(existsSync(folder)).toBe(false);
});
