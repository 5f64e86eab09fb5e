import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DataFolder } from '../../src/run/data-folder.ts';
import { openServiceDatabase } from '../../src/sqlite/service-database.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const FULL = 2;
const NORMAL = 1;

test('commits of a run wait for the disk when its folder stays, and not when it is taken away', async () => {
  using parent = temporaryFolder();
  const temporary = DataFolder.temporary();
  try {
    expect(await synchronousIn(temporary)).toBe(NORMAL);
    expect(await synchronousIn(DataFolder.forNewRun(join(parent.path, 'data')))).toBe(FULL);
  } finally {
    temporary.remove();
  }
});

async function synchronousIn(folder: DataFolder): Promise<unknown> {
  const { handle } = await openServiceDatabase(folder.file('order'), { schema: '', sets: [] }, folder.outlives);
  const synchronous = handle.pragma('synchronous', { simple: true });
  handle.close();
  return synchronous;
}
