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

test('a campaign shares its seeds among processes, and tells the figures of all', async () => {
  const { code, figures } = await ended(simulation('--seeds', '6', '--workers', '2', '--json', '-'));
  expect(figures).toMatchObject({ seeds: 6, result: 'passed', problems: [], profile: 'rabbitQuorum', workers: 2 });
  expect(code).toBe(0);
});

test('Ctrl-C ends a campaign with the figures so far', async () => {
  const child = simulation('--minutes', '60', '--workers', '1', '--json', '-');
  const end = ended(child);
  let wasAsked = false;
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    // A second one would end it at once.
    if (!wasAsked && text.includes(' seeds, ')) wasAsked = child.kill('SIGINT');
  });
  const { code, figures } = await end;
  expect(figures).toMatchObject({ result: 'stopped', seeds: expect.any(Number) });
  expect(code).toBe(130);
});
