import { SimulatedSqlite } from '@holdfast/testkit/sqlite';
import { expect, test } from 'vitest';
import { runWorld } from '../../src/campaign/run-world.ts';

async function drawnWith(seed: number): Promise<readonly unknown[]> {
  const { facts } = await runWorld(
    {
      world: async (world) => {
        const db = await SimulatedSqlite.open(world, 'bank');
        const draw = 'select random() % 1000000 as number, hex(randomblob(8)) as bytes';
        return [...db.query(draw), ...db.query(draw)];
      },
    },
    { seed },
  );
  return facts;
}

test('random() and randomblob() of a simulated database depend on the seed alone, and differ from call to call', async () => {
  const [first, second] = await drawnWith(1);
  expect(await drawnWith(1)).toEqual([first, second]);
  expect(second).not.toEqual(first);
  expect(await drawnWith(2)).not.toContainEqual(first);
});
