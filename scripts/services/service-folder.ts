import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunning } from '../bootstrap/running-process.mjs';

const prefix = `holdfast-service-${process.getuid?.() ?? 'user'}-`;
/** Names the guard process that the folder belongs to. */
export const ownerFile = 'owner.pid';

/** A fresh folder below the system's temporary one that names this process as its owner. */
export function createServiceFolder(service: string): string {
  const folder = mkdtempSync(join(tmpdir(), `${prefix}${service}-`));
  writeFileSync(join(folder, ownerFile), String(process.pid));
  return folder;
}

/** The folders of this service that runs which were killed left behind: ours, and their owner no longer lives. */
export function abandonedServiceFolders(service: string): string[] {
  return readdirSync(tmpdir())
    .filter((name) => name.startsWith(`${prefix}${service}-`))
    .map((name) => join(tmpdir(), name))
    .filter(
      (folder) => statSync(folder, { throwIfNoEntry: false })?.uid === process.getuid?.() && !hasLivingOwner(folder),
    );
}

export function removeServiceFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

function hasLivingOwner(folder: string): boolean {
  try {
    return isRunning(Number(readFileSync(join(folder, ownerFile), 'utf8')));
  } catch {
    // A folder without the file is being created this moment, or was left half-made.
    return Date.now() - (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0) < 10_000;
  }
}
