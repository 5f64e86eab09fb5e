import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const module = join(import.meta.dirname, '../../src/sqlite/temporary-file.ts');

/** The path that a process of its own gets, which then ends so. */
function pathOf(ending: string): { readonly path: string; readonly folder: string; readonly pid: number } {
  const script = `import(${JSON.stringify(module)}).then(({ temporaryFile }) => { console.log(temporaryFile()); ${ending} });`;
  const { stdout, pid } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
  const path = stdout.trim();
  return { path, folder: dirname(path), pid };
}

test('the folder of a process that exits is removed, and that of one that is killed by the next process', () => {
  const exited = pathOf('');
  expect(basename(exited.folder)).toContain(`-${exited.pid}-`);
  expect(existsSync(exited.folder)).toBe(false);

  const killed = pathOf("process.kill(process.pid, 'SIGKILL'); setTimeout(() => {}, 60_000);");
  expect(existsSync(killed.folder)).toBe(true);
  writeFileSync(killed.path, 'left');
  pathOf('');
  expect(existsSync(killed.folder)).toBe(false);
});

test('the folder of a process that runs, of another machine, and of somebody else is left alone', () => {
  const { folder, pid } = pathOf('');
  const parent = dirname(folder);
  const ofHost = basename(folder).slice(0, -`-${pid}-xxxxxx`.length);
  const others = [
    `${ofHost}-${process.pid}-living`,
    `${ofHost}elsewhere-${pid}-another`,
    `holdfast-${pid}-mine`,
    `${ofHost}-mine`,
  ].map((name) => join(parent, name));
  onTestFinished(() => {
    for (const other of others) rmSync(other, { recursive: true, force: true });
  });
  for (const other of others) mkdirSync(other, { recursive: true });
  pathOf('');
  expect(others.map((other) => existsSync(other))).toEqual([true, true, true, true]);
});
