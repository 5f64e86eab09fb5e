import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandLineOf, isRunning } from '../bootstrap/running-process.mjs';
import { abandonedServiceFolders, ownerFile, removeServiceFolder } from './service-folder.ts';

const goneMs = 5_000;
const pollMs = 20;

/** Writes down that this process works in the folder; its command line names the folder. */
export function recordProcess(folder: string, name: string, pid: number | undefined): void {
  writeFileSync(join(folder, `${name}.pid`), String(pid ?? ''));
}

/** Ends the recorded processes and removes the folders of guards that were killed with SIGKILL. */
export async function endAbandonedService(service: string): Promise<void> {
  for (const folder of abandonedServiceFolders(service)) {
    const pids = recordedPids(folder);
    for (const pid of pids) if (worksIn(pid, folder)) process.kill(pid, 'SIGKILL');
    const deadline = Date.now() + goneMs;
    while (pids.some((pid) => worksIn(pid, folder)) && Date.now() < deadline) await sleep(pollMs);
    removeServiceFolder(folder);
  }
}

function recordedPids(folder: string): number[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.pid') && name !== ownerFile)
      .map((name) => Number(readFileSync(join(folder, name), 'utf8')));
  } catch {
    // Somebody else removes the folder this moment.
    return [];
  }
}

/** The pid may belong to somebody else by now: only a process that names our folder is ours. */
function worksIn(pid: number, folder: string): boolean {
  return isRunning(pid) && commandLineOf(pid).includes(folder);
}
