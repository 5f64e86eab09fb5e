import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Options } from 'tsup';

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
}

/** The one build of every package: entries come from its `exports`, and every exported file must exist afterwards. */
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
    onSuccess: () => assertExportsBuilt(manifest, directory),
  };
}

/** `./testing` is built from `src/testing/index.ts`, `.` from `src/index.ts`. */
function entriesOf(manifest: Manifest, directory: string): Record<string, string> {
  const subpaths = Object.keys(manifest.exports).filter((subpath) => subpath !== './package.json');
  return Object.fromEntries(
    subpaths.map((subpath) => {
      const name = subpath.slice(2);
      const source = join('src', name, 'index.ts');
      if (!existsSync(join(directory, source))) {
        throw new Error(
          `"${manifest.name}" exports "${subpath}", but "${source}" does not exist: write it or remove the export.`,
        );
      }
      return [name === '' ? 'index' : name, source];
    }),
  );
}

async function assertExportsBuilt(manifest: Manifest, directory: string): Promise<void> {
  for (const [subpath, target] of Object.entries(manifest.exports)) {
    const files = typeof target === 'string' ? [target] : [target.types, target.default];
    const missing = files.find((file) => !existsSync(join(directory, file)));
    if (missing !== undefined) {
      throw new Error(`"${manifest.name}" exports "${subpath}" as "${missing}", which the build did not write.`);
    }
  }
}
