import { join } from 'node:path';
import { prepare, runEntry } from './bootstrap/prepare.mjs';
import { runProgram } from './bootstrap/run-program.mjs';
import { root } from './bootstrap/workspace.mjs';

const launcher = join(root, 'scripts/services/run-with-services.ts');
const orderSystem = join(root, 'examples/order-system/src/main.ts');

// `npm start -- ARGS`: the order system, on a fresh clone too. With `--transport` it may need a broker, which is started for it.
await runEntry(async () => {
  await prepare({ build: true });
  const args = process.argv.slice(2);
  const needsNothing = !args.some((arg) => arg.startsWith('--transport'));
  return runProgram(needsNothing ? [orderSystem, ...args] : [launcher, orderSystem, ...args]);
});
