import { join } from 'node:path';
import { prepare, runEntry } from './bootstrap/prepare.mjs';
import { runProgram } from './bootstrap/run-program.mjs';
import { root } from './bootstrap/workspace.mjs';

// `npm test`: only the installation happens here; building is a stage of the tests, so that its failure is counted like any other.
await runEntry(async () => {
  await prepare({ build: false });
  return runProgram([join(root, 'scripts/verify/main.ts'), ...process.argv.slice(2)], { cwd: root });
});
