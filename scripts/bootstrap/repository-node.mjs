import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { BootstrapProblem } from './bootstrap-problem.mjs';
import { root } from './workspace.mjs';

/**
 * The Node that runs everything here: HOLDFAST_NODE when set, else the one that the installation brought, else this one if it is new enough.
 * @returns {string} absolute path
 * @throws {BootstrapProblem}
 */
export function repositoryNode() {
  const chosen = process.env['HOLDFAST_NODE'];
  if (chosen !== undefined && chosen !== '') return chosen;
  const installed = join(root, 'node_modules', '.bin', 'node');
  if (existsSync(installed)) return realpathSync(installed);
  if (runsTypeScript(process.versions.node)) return process.execPath;
  throw new BootstrapProblem(
    `There is no packaged Node 24 for "${process.platform} ${process.arch}", and Node ${process.versions.node} is too old to take its place. ` +
      'Install Node 24 from https://nodejs.org, then run this again.',
  );
}

/**
 * @param {string} version
 * @returns {boolean} whether that Node runs our tools and .ts files
 */
export function runsTypeScript(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return (major === 22 && minor >= 18) || (major === 24 && minor >= 11) || major >= 26;
}

/** @throws {BootstrapProblem} below Node 20 */
export function requireNode20() {
  if (Number(process.versions.node.split('.')[0]) >= 20) return;
  throw new BootstrapProblem(
    `Node ${process.versions.node} is too old: Holdfast needs Node 20 or newer to set itself up. Get it from https://nodejs.org, then run this again.`,
  );
}
