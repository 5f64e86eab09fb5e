import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fileHash } from '../bootstrap/file-hash.mjs';
import { temporaryRepository } from './temporary-repository.ts';

const files = { 'src/a.ts': 'a', 'src/deep/b.ts': 'b', 'package.json': '{}' };
const paths = ['package.json', 'src', 'does-not-exist'];

test('the same files give the same hash, wherever they are', () => {
  expect(fileHash(temporaryRepository(files), paths)).toBe(fileHash(temporaryRepository(files), paths));
});

test('a changed, added, renamed or removed file changes the hash', () => {
  const root = temporaryRepository(files);
  const hashes = new Set([fileHash(root, paths)]);
  writeFileSync(join(root, 'src/a.ts'), 'A');
  hashes.add(fileHash(root, paths));
  writeFileSync(join(root, 'src/c.ts'), 'c');
  hashes.add(fileHash(root, paths));
  renameSync(join(root, 'src/c.ts'), join(root, 'src/d.ts'));
  hashes.add(fileHash(root, paths));
  rmSync(join(root, 'src/deep/b.ts'));
  hashes.add(fileHash(root, paths));
  expect(hashes.size).toBe(5);
});

test('content that moves from one file to the next changes the hash', () => {
  const one = temporaryRepository({ a: 'xy', b: 'z' });
  const other = temporaryRepository({ a: 'x', b: 'yz' });
  expect(fileHash(one, ['a', 'b'])).not.toBe(fileHash(other, ['a', 'b']));
});

test('a further value, such as the hash of a dependency, changes the hash', () => {
  const root = temporaryRepository(files);
  expect(fileHash(root, paths, ['one'])).not.toBe(fileHash(root, paths, ['two']));
});
