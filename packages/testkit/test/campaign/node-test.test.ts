import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

function runNodeTest(file: string): Promise<{ code: number | string | null | undefined; output: string }> {
  const resolver = new URL('./resolve-sources.mjs', import.meta.url).href;
  const args = ['--import', resolver, '--test', '--test-reporter=tap', path(file)];
  // Without what tells Node that it is a part of another test run.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return new Promise((resolve) => {
    execFile(process.execPath, args, { env, timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, output: `${stdout}\n${stderr}` });
    });
  });
}

test('simulations run under node:test: a right world passes, and a wrong one fails with the report', {
  timeout: 60_000,
}, async () => {
  const { code, output } = await runNodeTest('./under-node-test.ts');
  expect(output).toMatch(/^ok 1 - a correct world passes/m);
  expect(output).toMatch(/^not ok 2 - a wrong world fails/m);
  expect(output).toContain('ERR_TESTKIT_SIMULATION_FAILED');
  expect(output).toContain('broke "nothing is lost"');
  expect(code).toBe(1);
});
