import { join } from 'node:path';
import { prepare, runEntry } from './bootstrap/prepare.mjs';
import { runProgram } from './bootstrap/run-program.mjs';
import { root } from './bootstrap/workspace.mjs';

// `npm run simulate -- [--minutes N] [--json FILE]`
await runEntry(async () => {
  await prepare({ build: true });
  return runProgram([join(root, 'examples/order-system/simulation/main.ts'), ...process.argv.slice(2)]);
});
