import { readFileSync } from 'node:fs';
import { allMutants } from '../lists/index.ts';
import type { KnownCatch } from './hunt.ts';
import { loadSources } from './load-sources.ts';
import type { SavedCatches } from './saved-catches.ts';

/**
 * `node main.ts MUTANT SEEDS SWEEP`, where `-WORLD` instead of a mutant is its world without one: then it runs what has caught the mutants of that
 * world, too. Tells the outcome as one line of JSON.
 */
const [, , name = '', seeds = '50', sweep = '0'] = process.argv;
const mutant = allMutants.find(({ id }) => id === name) ?? null;
const world = mutant?.world ?? name.slice(1);
const isLoaded = loadSources(mutant);
const { worlds } = await import('../worlds/index.ts');
const { hunt } = await import('./hunt.ts');
const load = worlds[world];
if (load === undefined) throw new Error(`There is no mutant and no world "${name}".`);
const began = performance.now();
const result = await hunt(await load(), { seeds: Number(seeds), sweep: Number(sweep), plans: plans() });
if (mutant !== null && !isLoaded()) throw new Error(`The world "${world}" does not load "${mutant.file}".`);
const ms = Math.round(performance.now() - began);
process.stdout.write(`${JSON.stringify({ id: name, world, ms, ...result })}\n`, () => process.exit(0));

/** What is known to catch it; without a mutant all that has to pass. */
function plans(): readonly KnownCatch[] {
  if (process.env['MUTANTS_FROM_SCRATCH'] !== undefined) return [];
  const saved = JSON.parse(readFileSync(new URL('../catches.json', import.meta.url), 'utf8')) as SavedCatches;
  const own = mutant === null ? allMutants.filter((one) => one.world === world) : [mutant];
  return own.flatMap(({ id }) => saved[id] ?? []);
}
