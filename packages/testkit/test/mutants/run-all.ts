import { readFileSync, writeFileSync } from 'node:fs';
import { huntInProcesses } from './hunt/hunt-in-processes.ts';
import { BEGIN, END, mutantsTable } from './hunt/mutants-table.ts';
import type { SavedCatches } from './hunt/saved-catches.ts';
import { allMutants } from './lists/index.ts';

/** `node packages/testkit/test/mutants/run-all.ts [MUTANT…]`: hunts all mutants, or these, from scratch; saves what caught them and writes the table. */
const chosen = process.argv.slice(2);
const catchesFile = new URL('./catches.json', import.meta.url);
const page = new URL('../../../../docs/mutants.md', import.meta.url);
const mutants = allMutants.filter(({ id }) => chosen.length === 0 || chosen.includes(id));
const saved = new Map(Object.entries(JSON.parse(readFileSync(catchesFile, 'utf8')) as SavedCatches));
const runs = mutants.map(({ id }) => ({ name: id, seeds: 200, sweep: 400 }));
await huntInProcesses(runs, {
  fromScratch: true,
  limitMs: 180_000,
  onResult: (result) => {
    saved.delete(result.id);
    if (result.type === 'caught') {
      const { check, seed, faults } = result.caught;
      saved.set(result.id, { check, seed, faults });
    }
    const told = result.type === 'caught' ? `caught by "${result.caught.check}"` : JSON.stringify(result);
    process.stdout.write(`${result.id}: ${told} (${result.ms} ms)\n`);
    save();
  },
});

function save(): void {
  const known = Object.fromEntries(
    allMutants.flatMap(({ id }) => {
      const caught = saved.get(id);
      return caught === undefined ? [] : [[id, caught]];
    }),
  );
  writeFileSync(catchesFile, `${JSON.stringify(known, null, 2)}\n`);
  const text = readFileSync(page, 'utf8');
  const table = mutantsTable(allMutants, known);
  writeFileSync(page, `${text.slice(0, text.indexOf(BEGIN))}${table}${text.slice(text.indexOf(END) + END.length)}`);
}
