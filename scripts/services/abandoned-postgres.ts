import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandLineOf, isRunning } from '../bootstrap/running-process.mjs';
import { abandonedServiceFolders, removeServiceFolder } from './service-folder.ts';

/** Ends the servers and removes the folders of guards that were killed with SIGKILL. */
export async function endAbandonedPostgres(): Promise<void> {
  for (const folder of abandonedServiceFolders('postgres')) {
    await endServerOf(join(folder, 'data'));
    removeServiceFolder(folder);
  }
}

async function endServerOf(dataDir: string): Promise<void> {
  const pid = postmasterPid(dataDir);
  if (pid === undefined || !isServerOf(pid, dataDir)) return;
  process.kill(pid, 'SIGQUIT');
  for (let waits = 0; waits < 50 && isServerOf(pid, dataDir); waits += 1) await sleep(100);
  if (isServerOf(pid, dataDir)) process.kill(pid, 'SIGKILL');
}

function postmasterPid(dataDir: string): number | undefined {
  try {
    return Number(readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n')[0]);
  } catch {
    // No such file: the server ended in order, or never started.
    return undefined;
  }
}

/** The pid may belong to somebody else by now: only a process that names our folder is ours. */
function isServerOf(pid: number, dataDir: string): boolean {
  return isRunning(pid) && commandLineOf(pid).includes(dataDir);
}
