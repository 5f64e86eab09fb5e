import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../../simulation/main.ts', import.meta.url));

function simulation(...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
}

async function ended(child: ChildProcess): Promise<{ readonly code: number | null; readonly figures: unknown }> {
  let stdout = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.resume();
  const [code] = await once(child, 'close');
  return { code, figures: JSON.parse(stdout) };
}

test('a campaign shares its seeds among processes and kinds of brokers, and tells the figures of all', async () => {
  const { code, figures } = await ended(simulation('--seeds', '12', '--workers', '2', '--json', '-'));
  // So few seeds have not seen everything.
  expect(figures).toMatchObject({ seeds: 12, violations: 0, workers: 2, result: 'failed' });
  expect(figures).toMatchObject({ problems: [expect.stringMatching(/^Never seen/)] });
  expect(code).toBe(1);
});

test('one seed is run on the broker that is asked for', async () => {
  const { code, figures } = await ended(
    simulation('--seed', '3', '--profile', 'sqsFifo', '--orders', '1', '--json', '-'),
  );
  expect(figures).toMatchObject({ seeds: 1, repeated: 1, profiles: ['sqsFifo'], orders: 1, result: 'passed' });
  expect(code).toBe(0);
});

test('a plan that cannot be read is named, and fails the command', async () => {
  const { code, figures } = await ended(simulation('--replay', 'no-such-plan.json', '--json', '-'));
  expect(figures).toMatchObject({ result: 'failed', problems: [expect.stringContaining('no-such-plan.json')] });
  expect(code).toBe(1);
});

test.each([
  ['campaign', ['--minutes', '60'], { seeds: expect.any(Number) }],
  ['sweep', ['--sweep', '--profile', 'memory'], { sweeps: [expect.objectContaining({ isComplete: false })] }],
])('Ctrl-C ends a %s with the figures so far', async (_what, args, expected) => {
  const child = simulation(...args, '--workers', '1', '--json', '-');
  const end = ended(child);
  let wasAsked = false;
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    // A second one would end it at once.
    if (!wasAsked && / (seeds|runs), /.test(text)) wasAsked = child.kill('SIGINT');
  });
  const { code, figures } = await end;
  expect(figures).toMatchObject({ ...expected, result: 'stopped' });
  expect(code).toBe(130);
});
