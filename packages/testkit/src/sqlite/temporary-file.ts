import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

const MEMORY_FOLDER = '/dev/shm';
const NAME = 'holdfast-simulation-';

let folder: string | undefined;
let files = 0;

/**
 * The path of a new file, in a folder that is removed when this process exits. A process that is killed leaves its folder behind, as do workers of
 * test runners; the next one on this machine that needs a folder removes it.
 */
export function temporaryFile(): string {
  folder ??= newFolder();
  files += 1;
  return join(folder, `${files}.db`);
}

function newFolder(): string {
  const parent = existsSync(MEMORY_FOLDER) ? MEMORY_FOLDER : tmpdir();
  // Another machine may share the folder, e.g. a container, whose processes cannot be seen from here.
  const own = `${NAME}${hostname().replaceAll(/[^\w.]/g, '_')}-`;
  removeLeft(parent, own);
  const created = mkdtempSync(join(parent, `${own}${process.pid}-`));
  process.on('exit', () => rmSync(created, { recursive: true, force: true }));
  return created;
}

function removeLeft(parent: string, own: string): void {
  for (const name of readdirSync(parent)) {
    const [, pid] = name.startsWith(own) ? (/^(\d+)-/.exec(name.slice(own.length)) ?? []) : [];
    if (pid === undefined || isAlive(Number(pid))) continue;
    try {
      rmSync(join(parent, name), { recursive: true, force: true });
    } catch {
      // Somebody else's, or somebody else removes it.
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}
