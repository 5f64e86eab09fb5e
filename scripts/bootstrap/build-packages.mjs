import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BootstrapProblem } from './bootstrap-problem.mjs';
import { fileHash } from './file-hash.mjs';
import { progress } from './progress.mjs';
import { repositoryNode } from './repository-node.mjs';
import { runCaptured } from './run-captured.mjs';
import { readWorkspace, root } from './workspace.mjs';

/** @typedef {import('./workspace.mjs').WorkspacePackage} WorkspacePackage */

const sharedInputs = ['tsup.preset.ts', 'tsconfig.base.json', 'tsconfig.build.json', 'pnpm-lock.yaml'];

/**
 * The packages whose `dist` is not of today's sources, in the order in which they must be built.
 * @returns {WorkspacePackage[]}
 */
export function stalePackages() {
  const hashes = sourceHashes();
  return inBuildOrder().filter(
    (each) => readStamp(each) !== hashes.get(each.manifest.name) || missingExport(each) !== undefined,
  );
}

/**
 * Builds what is stale.
 * @throws {BootstrapProblem} with the compiler's output on stderr
 */
export async function buildPackages() {
  for (const each of stalePackages()) await buildPackage(each);
}

/** @param {WorkspacePackage} each */
async function buildPackage(each) {
  const { directory, manifest } = each;
  progress(`building ${manifest.name}`);
  const hash = sourceHashes().get(manifest.name) ?? '';
  const tsup = join(root, 'node_modules', 'tsup', 'dist', 'cli-default.js');
  const { exitCode, output } = await runCaptured(repositoryNode(), [tsup], { cwd: join(root, directory) });
  if (exitCode !== 0) {
    process.stderr.write(output);
    throw new BootstrapProblem(`"${manifest.name}" does not build; the compiler's output is above.`);
  }
  const missing = missingExport(each);
  if (missing !== undefined) {
    throw new BootstrapProblem(
      `"${manifest.name}" exports "${missing}", which its build did not write: mend "exports" in ${directory}/package.json.`,
    );
  }
  mkdirSync(dirname(stampOf(each)), { recursive: true });
  writeFileSync(stampOf(each), hash);
}

/**
 * A package's hash covers its own sources and the hashes of the packages that it depends on.
 * @returns {Map<string, string>}
 */
function sourceHashes() {
  const shared = fileHash(root, sharedInputs);
  const hashes = new Map();
  for (const { directory, manifest } of inBuildOrder()) {
    const inputs = ['package.json', 'tsup.config.ts', 'tsconfig.json', 'src'].map((name) => `${directory}/${name}`);
    const dependencies = dependenciesOf(manifest).map((name) => hashes.get(name) ?? '');
    hashes.set(manifest.name, fileHash(root, inputs, [shared, ...dependencies]));
  }
  return hashes;
}

/** @returns {WorkspacePackage[]} dependencies first */
function inBuildOrder() {
  const all = readWorkspace().filter(({ directory }) => existsSync(join(root, directory, 'tsup.config.ts')));
  /** @type {Set<WorkspacePackage>} */
  const ordered = new Set();
  /** @param {WorkspacePackage} each */
  const visit = (each) => {
    if (ordered.has(each)) return;
    for (const name of dependenciesOf(each.manifest)) {
      const dependency = all.find(({ manifest }) => manifest.name === name);
      if (dependency !== undefined) visit(dependency);
    }
    ordered.add(each);
  };
  all.forEach(visit);
  return [...ordered];
}

/**
 * @param {import('./workspace.mjs').Manifest} manifest
 * @returns {string[]}
 */
function dependenciesOf(manifest) {
  const names = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
  return names.filter((name) => name.startsWith('@holdfast/')).sort();
}

/**
 * @param {WorkspacePackage} each
 * @returns {string | undefined} an exported file that is not there
 */
function missingExport({ directory, manifest }) {
  const targets = Object.values(manifest.exports ?? {}).flatMap((target) =>
    typeof target === 'string' ? [target] : Object.values(target),
  );
  return targets.find((target) => !existsSync(join(root, directory, target)));
}

/** @param {WorkspacePackage} each */
function stampOf({ directory }) {
  return join(root, '.cache', 'build', `${directory.replaceAll('/', '-')}.hash`);
}

/**
 * @param {WorkspacePackage} each
 * @returns {string | undefined}
 */
function readStamp(each) {
  return existsSync(stampOf(each)) ? readFileSync(stampOf(each), 'utf8') : undefined;
}
