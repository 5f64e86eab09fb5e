import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BootstrapProblem } from './bootstrap-problem.mjs';
import { fileHash } from './file-hash.mjs';
import { progress } from './progress.mjs';
import { runCaptured } from './run-captured.mjs';
import { readWorkspace, root } from './workspace.mjs';

const stampFile = join(root, 'node_modules', '.holdfast-installed');
const unreachable =
  /ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|META_FETCH_FAIL|fetch failed|UNABLE_TO_GET_ISSUER|SELF_SIGNED/i;

/**
 * True when the last installation finished, is of today's lockfile, and everything that a package.json asks for is in its place.
 * @returns {boolean}
 */
export function isInstalled() {
  return (
    existsSync(stampFile) && readFileSync(stampFile, 'utf8') === dependenciesHash() && missingDependency() === undefined
  );
}

/**
 * Installs by the pinned pnpm, from the lockfile alone. An interrupted installation is repaired by starting from an empty folder.
 * @throws {BootstrapProblem} when npx, the registry or the lockfile does not play along
 */
export async function installDependencies() {
  progress('installing dependencies (once, and whenever the lockfile changes)');
  rmSync(stampFile, { force: true });
  await runPnpmInstall();
  if (missingDependency() !== undefined) {
    progress(`"${missingDependency()}" is missing after the installation: installing again from nothing`);
    for (const { directory } of readWorkspace()) {
      rmSync(join(root, directory, 'node_modules'), { recursive: true, force: true });
    }
    await runPnpmInstall();
  }
  const missing = missingDependency();
  if (missing !== undefined) {
    throw new BootstrapProblem(
      `"${missing}" is not there after "pnpm install". Run "npx pnpm install" to update pnpm-lock.yaml.`,
    );
  }
  mkdirSync(dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, dependenciesHash());
}

/** The hash that follows every change of what is to be installed. */
export function dependenciesHash() {
  const manifests = readWorkspace().map(({ directory }) => `${directory}/package.json`);
  return fileHash(
    root,
    ['pnpm-lock.yaml', 'pnpm-workspace.yaml', '.npmrc', ...manifests],
    [process.platform, process.arch],
  );
}

async function runPnpmInstall() {
  const args = ['--yes', pinnedPnpm(), 'install', '--frozen-lockfile', '--reporter=append-only'];
  const { exitCode, output } = await runCaptured('npx', args, { cwd: root, env: { ...process.env, CI: 'true' } });
  if (exitCode === 0) return;
  if (exitCode === 127) {
    throw new BootstrapProblem(
      '"npx" was not found. It comes with npm: install Node.js 20 or newer from https://nodejs.org, then run this again.',
    );
  }
  process.stderr.write(output);
  const advice = unreachable.test(output)
    ? 'The package registry cannot be reached. It is needed once: check the network, the proxy settings ("npm config get proxy") and "npm ping", then run this again.'
    : `"npx ${args.join(' ')}" failed with exit code ${exitCode}; its output is above.`;
  throw new BootstrapProblem(advice);
}

/** @returns {string} for example `pnpm@12.21.0` */
function pinnedPnpm() {
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return packageManager;
}

/**
 * Optional dependencies are left out: most of them are of another platform.
 * @returns {string | undefined} for example `packages/sql/node_modules/kysely`
 */
function missingDependency() {
  return readWorkspace()
    .flatMap(({ directory, manifest }) =>
      Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }).map(
        (name) => `${directory}/node_modules/${name}`,
      ),
    )
    .find((path) => !existsSync(join(root, path, 'package.json')));
}
