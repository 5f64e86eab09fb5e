import { expect, test } from 'vitest';
import { runsTypeScript } from '../bootstrap/repository-node.mjs';

test.each([
  ['20.20.2', false],
  ['22.12.0', false],
  ['22.18.0', true],
  ['23.11.0', false],
  ['24.10.0', false],
  ['24.21.0', true],
  ['26.0.0', true],
])('Node %s runs the tools: %s', (version, runs) => {
  expect(runsTypeScript(version)).toBe(runs);
});
