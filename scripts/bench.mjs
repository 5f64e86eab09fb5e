import { join } from 'node:path';
import { prepare, runEntry } from './bootstrap/prepare.mjs';
import { runProgram } from './bootstrap/run-program.mjs';
import { root } from './bootstrap/workspace.mjs';

// `npm run bench -- NAME [--json]`
await runEntry(async () => {
  await prepare({ build: true });
  return runProgram([join(root, 'bench/src/main.ts'), ...process.argv.slice(2)]);
});
