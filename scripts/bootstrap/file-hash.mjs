import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

/**
 * One hash over names and contents of files and folders (recursively). What does not exist counts as absent, not as an error.
 * @param {string} root
 * @param {readonly string[]} paths relative to root
 * @param {readonly string[]} [extra] further values that the hash depends on
 * @returns {string}
 */
export function fileHash(root, paths, extra = []) {
  const hash = createHash('sha256');
  for (const path of paths.flatMap((each) => filesBelow(join(root, each)))) {
    const content = readFileSync(path);
    hash.update(`${relative(root, path)}\0${content.length}\0`).update(content);
  }
  for (const value of extra) hash.update(`\0${value}`);
  return hash.digest('hex');
}

/**
 * @param {string} path
 * @returns {string[]} absolute paths, sorted; a file is a list of itself
 */
function filesBelow(path) {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .map((name) => join(path, name))
    .filter((file) => statSync(file).isFile())
    .sort();
}
