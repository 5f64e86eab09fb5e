import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {object} Manifest
 * @property {string} name
 * @property {string} version
 * @property {boolean} [private]
 * @property {Record<string, string | Record<string, string>>} [exports]
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [devDependencies]
 * @property {Record<string, string>} [peerDependencies]
 * @property {Record<string, string>} [optionalDependencies]
 *
 * @typedef {object} WorkspacePackage
 * @property {string} directory relative to the root, with forward slashes; `.` is the root itself
 * @property {Manifest} manifest
 */

/** The folder of the repository. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/**
 * The packages that pnpm-workspace.yaml names, the root first. Read without a YAML parser, because it is needed before anything is installed.
 * @param {string} [directory] another repository, for tests
 * @returns {WorkspacePackage[]}
 */
export function readWorkspace(directory = root) {
  const yaml = readFileSync(join(directory, 'pnpm-workspace.yaml'), 'utf8');
  const block = /^packages:\n((?: +- .*\n)+)/m.exec(yaml)?.[1] ?? '';
  const patterns = block.split('\n').map((line) => line.replace(/^ +- /, '').replaceAll(/['"]/g, ''));
  const folders = patterns.filter((pattern) => pattern !== '').flatMap((pattern) => expand(directory, pattern));
  return ['.', ...folders]
    .filter((folder) => existsSync(join(directory, folder, 'package.json')))
    .map((folder) => ({ directory: folder, manifest: readManifest(join(directory, folder)) }));
}

/**
 * @param {string} directory
 * @returns {Manifest}
 */
export function readManifest(directory) {
  return JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
}

/**
 * @param {string} directory
 * @param {string} pattern a folder, or `folder/*`
 * @returns {string[]}
 */
function expand(directory, pattern) {
  if (!pattern.endsWith('/*')) return [pattern];
  const parent = pattern.slice(0, -2);
  if (!existsSync(join(directory, parent))) return [];
  return readdirSync(join(directory, parent))
    .sort()
    .map((name) => `${parent}/${name}`);
}
