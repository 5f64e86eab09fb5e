import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Options } from 'tsup';

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
}

/**
 * The one build of every package. Its entries come from `exports` in package.json: `./testing` is built from
 * `src/testing/index.ts` into `dist/testing.js` and `dist/testing.d.ts`. Throws when `exports` says otherwise.
 */
export function preset(directory: string): Options {
  const manifest: Manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  return {
    entry: entriesOf(manifest, directory),
    format: ['esm'],
    target: 'node22',
    platform: 'node',
    dts: true,
    sourcemap: true,
    clean: true,
    splitting: true,
    treeshake: false,
    tsconfig: '../../tsconfig.build.json',
    external: [/^@holdfast\//],
  };
}

function entriesOf(manifest: Manifest, directory: string): Record<string, string> {
  const subpaths = Object.keys(manifest.exports).filter((subpath) => subpath !== './package.json');
  return Object.fromEntries(
    subpaths.map((subpath) => {
      const name = subpath === '.' ? 'index' : subpath.slice(2);
      const source = join('src', subpath, 'index.ts');
      const target = { types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` };
      const place = `"${manifest.name}" exports "${subpath}"`;
      if (!existsSync(join(directory, source))) {
        throw new Error(`${place}, but "${source}" does not exist: write it or remove the export.`);
      }
      if (JSON.stringify(manifest.exports[subpath]) !== JSON.stringify(target)) {
        throw new Error(`${place}, but not as what the build writes: make it ${JSON.stringify(target)}.`);
      }
      return [name, source];
    }),
  );
}
