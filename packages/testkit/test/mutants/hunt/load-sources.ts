import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Mutant } from './mutant.ts';
import { mutatedSource } from './mutated-source.ts';

const root = new URL('../../../../../', import.meta.url);
const packageName = /^@holdfast\/([^/]+)(?:\/([^/]+))?$/;

/** Has `@holdfast/*` mean the sources, as Vitest does, with one of them changed. Returns whether the changed file was loaded. */
export function loadSources(mutant: Mutant | null): () => boolean {
  const changed = mutant === null ? null : new URL(mutant.file, root).href;
  const source = mutant === null ? '' : mutatedSource(mutant, readFileSync(new URL(mutant.file, root), 'utf8'));
  let isLoaded = false;
  registerHooks({
    resolve(specifier, context, next) {
      const match = packageName.exec(specifier);
      return next(match === null ? specifier : sourceOf(match), context);
    },
    load(url, context, next) {
      if (url !== changed) return next(url, context);
      isLoaded = true;
      return { format: 'module-typescript', source, shortCircuit: true };
    },
  });
  return () => isLoaded;
}

function sourceOf([, name, part]: RegExpExecArray): string {
  const folder = part === undefined ? 'src' : `src/${part}`;
  return pathToFileURL(fileURLToPath(new URL(`packages/${name}/${folder}/index.ts`, root))).href;
}
