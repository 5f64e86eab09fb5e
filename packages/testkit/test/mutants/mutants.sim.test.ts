import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { World } from '../../src/kernel/world.ts';
import { hunt } from './hunt/hunt.ts';
import { huntInProcesses, type NamedResult } from './hunt/hunt-in-processes.ts';
import { BEGIN, END, mutantsTable } from './hunt/mutants-table.ts';
import { mutatedSource } from './hunt/mutated-source.ts';
import type { SavedCatches } from './hunt/saved-catches.ts';
import { allMutants } from './lists/index.ts';

const root = new URL('../../../../', import.meta.url);
const catches = JSON.parse(readFileSync(new URL('./catches.json', import.meta.url), 'utf8')) as SavedCatches;
/** On a slow machine. */
const LIMIT_MS = 900_000;
const worlds = [...new Set(allMutants.map(({ world }) => world))];

function told(results: readonly NamedResult[]): readonly string[] {
  return results.map((result) =>
    result.type === 'caught' ? `${result.id}: ${result.caught.check}` : `${result.id}: ${JSON.stringify(result)}`,
  );
}

describe('mutants', () => {
  test('there are at least 34, each with a name and a patch of its own', () => {
    expect(allMutants.length).toBeGreaterThanOrEqual(34);
    expect(new Set(allMutants.map(({ id }) => id)).size).toBe(allMutants.length);
    expect(new Set(allMutants.map(({ find, replace }) => `${find} ${replace}`)).size).toBe(allMutants.length);
  });

  test.each(allMutants)('the patch of $id fits its source', (mutant) => {
    expect(mutatedSource(mutant, readFileSync(new URL(mutant.file, root), 'utf8'))).toContain(mutant.replace);
  });

  test('a patch that does not fit is an error', () => {
    const mutant = { id: 'x', what: 'x', file: 'x', find: 'a', replace: 'b', world: 'x' };
    expect(() => mutatedSource(mutant, 'c')).toThrow('fits 0 places');
    expect(() => mutatedSource(mutant, 'a a')).toThrow('fits 2 places');
    expect(() => mutatedSource({ ...mutant, replace: 'a' }, 'a')).toThrow('changes nothing');
  });

  test('what breaks by itself does not count as caught: a world that throws, a client that uses what is not there', async () => {
    const options = { seeds: 2, sweep: 0, plans: [] };
    const thrown = () => {
      throw new TypeError('x is not a function');
    };
    expect(await hunt({ world: thrown }, options)).toMatchObject({ type: 'broken' });
    const failing = (world: World) => world.client('client', async () => thrown());
    expect(await hunt({ world: failing }, options)).toMatchObject({ type: 'broken' });
    const well = (world: World) => world.client('client', () => Promise.resolve());
    expect(await hunt({ world: well }, options)).toMatchObject({ type: 'survived' });
    const rule = { name: 'nothing holds', check: () => ['it does not'] };
    const caught = { check: 'nothing holds', message: 'it does not', seed: 1, faults: [] };
    expect(await hunt({ world: well, check: [rule] }, options)).toMatchObject({ type: 'caught', caught });
  });

  test(
    'the code as it is breaks no rule of any world, by these seeds and by what caught the mutants',
    async () => {
      const runs = worlds.map((world) => ({ name: `-${world}`, seeds: 15, sweep: 0 }));
      const results = await huntInProcesses(runs);
      expect(told(results.filter(({ type }) => type !== 'survived'))).toEqual([]);
    },
    LIMIT_MS,
  );

  test(
    'each mutant is caught by the rule that the table names',
    async () => {
      const results = await huntInProcesses(allMutants.map(({ id }) => ({ name: id, seeds: 150, sweep: 300 })));
      expect(told(results)).toEqual(
        allMutants.map(({ id }) => `${id}: ${catches[id]?.check ?? 'not in catches.json'}`),
      );
    },
    LIMIT_MS,
  );

  test('the table in docs/mutants.md is up to date; write it with "node packages/testkit/test/mutants/run-all.ts"', () => {
    const page = readFileSync(new URL('docs/mutants.md', root), 'utf8');
    const written = page.slice(page.indexOf(BEGIN), page.indexOf(END) + END.length);
    expect(written).toBe(mutantsTable(allMutants, catches));
  });
});
