import { expect, test } from 'vitest';
import { checkGraph } from '../graph/check-graph.ts';
import { temporaryRepository } from './temporary-repository.ts';

const workspace = 'packages:\n  - packages/*\n  - examples/*\n  - bench\n';
const exports = { '.': './dist/index.js' };

async function problemsOf(files: Readonly<Record<string, string | object>>): Promise<string[]> {
  const root = temporaryRepository({
    'pnpm-workspace.yaml': workspace,
    'package.json': { name: 'root' },
    'packages/core/package.json': { name: '@holdfast/core', exports },
    'packages/sql/package.json': { name: '@holdfast/sql', exports, dependencies: { '@holdfast/core': 'workspace:*' } },
    ...files,
  });
  return (await checkGraph(root)).flatMap(({ problems }) => problems);
}

test('a clean graph has no problems', async () => {
  const problems = await problemsOf({
    'packages/core/src/index.ts': "export { one } from './one.ts';\n",
    'packages/core/src/one.ts': 'export const one = 1;\n',
    'packages/sql/src/index.ts': "import { one } from '@holdfast/core';\nimport { join } from 'node:path';\n",
    'bench/package.json': { name: '@holdfast/bench' },
    'bench/src/main.ts': "import { one } from '@holdfast/core';\n",
  });
  expect(problems).toEqual([]);
});

test('core may not import sql, by an import or by its package.json', async () => {
  const problems = await problemsOf({
    'packages/core/package.json': { name: '@holdfast/core', exports, dependencies: { '@holdfast/sql': 'workspace:*' } },
    'packages/core/src/index.ts': "import type { Statement } from '@holdfast/sql';\n",
  });
  expect(problems).toEqual([
    'packages/core/package.json depends on "@holdfast/sql".',
    'packages/core/src/index.ts imports "@holdfast/sql".',
  ]);
});

test('a feature package may not import another, dynamically either', async () => {
  const feature = { exports, dependencies: { '@holdfast/core': 'workspace:*' } };
  const problems = await problemsOf({
    'packages/outbox/package.json': { ...feature, name: '@holdfast/outbox' },
    'packages/saga/package.json': { ...feature, name: '@holdfast/saga' },
    'packages/saga/src/index.ts': "const outbox = await import('@holdfast/outbox');\n",
  });
  expect(problems).toContain('packages/saga/src/index.ts imports "@holdfast/outbox".');
});

test('a package that the rules do not know is a problem', async () => {
  const problems = await problemsOf({ 'packages/new/package.json': { name: '@holdfast/new', exports } });
  expect(problems).toEqual(['"@holdfast/new" is not in scripts/graph/rules.ts: say what it may depend on.']);
});

test('an import must be declared as a dependency or a peer; a development dependency is not enough', async () => {
  const problems = await problemsOf({
    'packages/sql/package.json': { name: '@holdfast/sql', exports, devDependencies: { pg: 'catalog:' } },
    'packages/sql/src/index.ts': "import pg from 'pg';\n",
  });
  expect(problems).toEqual(['packages/sql/src/index.ts imports "pg", which is neither a dependency nor a peer.']);
});

test('a helper library may be imported by one file only', async () => {
  const problems = await problemsOf({
    'packages/sql/package.json': { name: '@holdfast/sql', exports, dependencies: { 'p-limit': 'catalog:' } },
    'packages/sql/src/one.ts': "import limit from 'p-limit';\n",
    'packages/sql/src/two.ts': "import limit from 'p-limit';\n",
  });
  expect(problems).toEqual([
    '"p-limit" is imported by packages/sql/src/one.ts, packages/sql/src/two.ts: keep it behind one of them.',
  ]);
});

test('relative imports stay within the package', async () => {
  const problems = await problemsOf({
    'packages/sql/src/index.ts': "import { one } from '../../core/src/one.ts';\n",
  });
  expect(problems).toEqual(['packages/sql/src/index.ts imports "../../core/src/one.ts", outside packages/sql/src.']);
});

test('what is shared imports no adapter', async () => {
  const withAdapter = { '.': './dist/index.js', './pg': './dist/pg.js', './testing': './dist/testing.js' };
  const problems = await problemsOf({
    'packages/sql/package.json': { name: '@holdfast/sql', exports: withAdapter },
    'packages/sql/src/index.ts': "import { adapter } from './pg/adapter.ts';\n",
    'packages/sql/src/pg/index.ts': "export { adapter } from './adapter.ts';\n",
    'packages/sql/src/testing/index.ts': "import { adapter } from '../pg/adapter.ts';\n",
  });
  expect(problems).toEqual([
    'packages/sql/src/index.ts imports "./pg/adapter.ts", which belongs to the adapter "./pg".',
  ]);
});

test('core opens no files and no sockets', async () => {
  const problems = await problemsOf({ 'packages/core/src/index.ts': "import { readFile } from 'node:fs/promises';\n" });
  expect(problems).toEqual(['packages/core/src/index.ts imports "node:fs/promises".']);
});

test('a source file of more than 300 lines is a problem', async () => {
  const problems = await problemsOf({ 'packages/core/src/index.ts': '// line\n'.repeat(301) });
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain('packages/core/src/index.ts has 301 lines');
});

test('time and chance come through ports, except in test kits', async () => {
  const problems = await problemsOf({
    'packages/sql/src/index.ts': '// not Date.now()\nexport const now = (at) => [Date.now(), new Date(at)];\n',
    'packages/sql/src/testing/index.ts': 'export const id = () => randomUUID();\n',
  });
  expect(problems).toEqual(['packages/sql/src/index.ts uses "Date.now": take a Clock, Ids or Random.']);
});

test('examples see public exports only', async () => {
  const problems = await problemsOf({
    'examples/shop/package.json': { name: '@holdfast/example-shop' },
    'examples/shop/src/main.ts': "import '@holdfast/core/internal';\nimport '../../../packages/core/src/one.ts';\n",
  });
  expect(problems).toEqual([
    'examples/shop/src/main.ts imports "@holdfast/core/internal", which "@holdfast/core" does not export.',
    'examples/shop/src/main.ts imports "../../../packages/core/src/one.ts": import the package by its name.',
  ]);
});
