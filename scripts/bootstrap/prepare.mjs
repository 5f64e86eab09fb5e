import { BootstrapProblem } from './bootstrap-problem.mjs';
import { buildPackages, stalePackages } from './build-packages.mjs';
import { installDependencies, isInstalled } from './install-dependencies.mjs';
import { withRepositoryLock } from './repository-lock.mjs';
import { requireNode20 } from './repository-node.mjs';

/**
 * Makes a fresh or changed clone ready: installs what is missing and builds what is stale. With nothing to do it takes milliseconds and no lock.
 * @param {{ build: boolean }} options
 * @throws {BootstrapProblem}
 */
export async function prepare({ build }) {
  requireNode20();
  const isReady = () => isInstalled() && (!build || stalePackages().length === 0);
  if (isReady()) return;
  await withRepositoryLock(async () => {
    if (!isInstalled()) await installDependencies();
    if (build) await buildPackages();
  });
}

/**
 * Runs an entry script: a BootstrapProblem ends it with its message, anything else with its stack.
 * @param {() => Promise<number | void>} main resolves to the exit code
 */
export async function runEntry(main) {
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => process.listenerCount(signal) === 1 && process.exit(signal === 'SIGINT' ? 130 : 143));
  }
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    if (!(error instanceof BootstrapProblem)) throw error;
    process.stderr.write(`holdfast: ${error.message}\n`);
    process.exitCode = error.exitCode;
  }
}
