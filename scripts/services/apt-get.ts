import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { withRepositoryLock } from '../bootstrap/repository-lock.mjs';
import { type CapturedRun, runCaptured } from '../bootstrap/run-captured.mjs';
import { withServiceStartsDenied } from './service-starts-denied.ts';

const lockFile = '/run/holdfast-apt-get.lock';
const othersLockMs = 300_000;
const pollMs = 1_000;

const isLockedByOthers = /Could not get lock|Unable to acquire the dpkg|Unable to lock directory/;
const needsNewLists = /Unable to locate package|has no installation candidate|Unable to fetch|Failed to fetch/;
const wasInterrupted = /dpkg was interrupted/;

/** Whether packages can be installed here without asking anybody: Debian or a child of it, and we are root. */
export function canUseAptGet(): boolean {
  return process.getuid?.() === 0 && existsSync('/usr/bin/apt-get') && existsSync('/etc/debian_version');
}

/** Whether somebody installs this moment, or was killed while doing so: files may be there that do not work yet. */
export function isAptGetBusy(): boolean {
  return canUseAptGet() && existsSync(lockFile);
}

/**
 * Installs a Debian package, without what it recommends and without starting a service; one process of the machine at a time.
 * Waits up to 5 minutes for another user of apt or dpkg. What is installed completely stays as it is.
 * @throws Error with the last words of apt-get
 */
export async function installByAptGet(name: string): Promise<void> {
  await withRepositoryLock(async () => {
    if (isConfigured(name)) return;
    const run = await withServiceStartsDenied(() => install(name));
    if (run.exitCode !== 0) throw new Error(`apt-get could not install "${name}":\n${run.output.trim().slice(-2_000)}`);
  }, lockFile);
}

function isConfigured(name: string): boolean {
  const { stdout } = spawnSync('dpkg', ['--status', name], { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } });
  return /^Status: install ok installed$/m.test(stdout);
}

async function install(name: string): Promise<CapturedRun> {
  const args = ['install', '--yes', '--no-install-recommends', name];
  let run = await runUnlocked('apt-get', args);
  if (run.exitCode !== 0 && wasInterrupted.test(run.output)) {
    await runUnlocked('dpkg', ['--configure', '-a', '--force-confold']);
    run = await runUnlocked('apt-get', args);
  }
  if (run.exitCode !== 0 && needsNewLists.test(run.output)) {
    const update = await runUnlocked('apt-get', ['update']);
    if (update.exitCode !== 0) return update;
    run = await runUnlocked('apt-get', args);
  }
  return run;
}

async function runUnlocked(command: string, args: readonly string[]): Promise<CapturedRun> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
  const deadline = Date.now() + othersLockMs;
  for (;;) {
    const run = await runCaptured(command, args, { cwd: '/', env });
    if (run.exitCode === 0 || !isLockedByOthers.test(run.output) || Date.now() > deadline) return run;
    await sleep(pollMs);
  }
}
