import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';

function startProgram(code: string) {
  const script = join(import.meta.dirname, 'fixtures', 'run-program-of.mjs');
  return spawn(process.execPath, [script, code], { stdio: ['ignore', 'pipe', 'inherit'] });
}

const idle = "console.log('ready'); setInterval(() => {}, 1000);";

test('the exit code of the program is ours, and stdout is the program’s alone', async () => {
  const child = startProgram("console.log('out'); process.exitCode = 7;");
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  const [code] = await once(child, 'close');
  expect({ code, output }).toEqual({ code: 7, output: 'out\n' });
});

test.each(['SIGINT', 'SIGTERM'] as const)('%s reaches the program, which may end in its own way', async (signal) => {
  const child = startProgram(`process.on('${signal}', () => process.exit(9)); ${idle}`);
  await once(child.stdout, 'data');
  child.kill(signal);
  const [code] = await once(child, 'close');
  expect(code).toBe(9);
});

test('a program that a signal ends gives 128 plus the number of the signal', async () => {
  const child = startProgram(idle);
  await once(child.stdout, 'data');
  child.kill('SIGTERM');
  const [code] = await once(child, 'close');
  expect(code).toBe(143);
});
