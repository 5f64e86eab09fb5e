import { join } from 'node:path';
import { prepare, runEntry } from './bootstrap/prepare.mjs';
import { runProgram } from './bootstrap/run-program.mjs';
import { root } from './bootstrap/workspace.mjs';

// `npm start -- ARGS`: the order system, on a fresh clone too.
await runEntry(async () => {
  await prepare({ build: true });
  return runProgram([join(root, 'examples/order-system/src/main.ts'), ...process.argv.slice(2)]);
});
