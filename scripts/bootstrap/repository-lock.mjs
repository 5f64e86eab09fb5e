import { linkSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { progress } from './progress.mjs';
import { isRunning } from './running-process.mjs';
import { root } from './workspace.mjs';

const pollMs = 200;
const heartbeatMs = 5_000;
/** A holder that is alive touches its file every 5 s; one that did not for a minute of our waiting is gone, whatever its pid says. */
const silentMs = 60_000;

/**
 * Runs the work while no other process of this repository installs or builds. Waits for the other one, and takes over from one that died.
 * @template T
 * @param {() => Promise<T>} work
 * @param {string} [file] the lock file
 * @returns {Promise<T>}
 */
export async function withRepositoryLock(work, file = join(root, '.cache', 'bootstrap.lock')) {
  mkdirSync(dirname(file), { recursive: true });
  await acquire(file);
  const heartbeat = setInterval(() => touch(file), heartbeatMs);
  const release = () => rmSync(file, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    process.off('exit', release);
    release();
  }
}

/** @param {string} file */
async function acquire(file) {
  let waitedMs = 0;
  let lastTouched = 0;
  let silentSince = 0;
  while (!tryCreate(file)) {
    const touched = touchedAt(file);
    if (touched !== lastTouched) [lastTouched, silentSince] = [touched, waitedMs];
    if (!isRunning(holderOf(file)) || waitedMs - silentSince > silentMs) breakLock(file, touched);
    else if (waitedMs === 0)
      progress(`waiting for process ${holderOf(file)}, which installs or builds here (lock: ${file})`);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
    waitedMs += pollMs;
  }
}

/**
 * A hard link appears together with its content, so nobody reads a lock without a pid in it.
 * @param {string} file
 * @returns {boolean}
 */
function tryCreate(file) {
  const own = `${file}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

/**
 * Removes a dead holder's file. The second lock makes sure that two waiters do not remove each other's fresh lock.
 * @param {string} file
 * @param {number} touched the time at which the file looked dead
 */
function breakLock(file, touched) {
  const breaker = `${file}.break`;
  if (Date.now() - touchedAt(breaker) > silentMs) rmSync(breaker, { force: true });
  if (!tryCreate(breaker)) return;
  try {
    if (touchedAt(file) === touched) rmSync(file, { force: true });
  } finally {
    rmSync(breaker, { force: true });
  }
}

/**
 * @param {string} file
 * @returns {number} 0 when there is no such file
 */
function touchedAt(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** @param {string} file */
function touch(file) {
  const now = new Date();
  try {
    utimesSync(file, now, now);
  } catch {
    // Somebody deleted the lock by hand; the work goes on.
  }
}

/**
 * @param {string} file
 * @returns {number | undefined}
 */
function holderOf(file) {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
