import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * Whether a process with that id runs. A zombie does not: where nobody reaps the dead, as in many containers, they keep their id for ever.
 * @param {number | undefined} pid
 * @returns {boolean}
 */
export function isRunning(pid) {
  if (pid === undefined || !Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
  return !stateOf(pid).startsWith('Z');
}

/**
 * @param {number} pid
 * @returns {string} the command line, or nothing when there is no such process
 */
export function commandLineOf(pid) {
  return process.platform === 'linux'
    ? readOrEmpty(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '))
    : ps(pid, 'args=');
}

/**
 * @param {number} pid
 * @returns {number} 0 when there is no such process
 */
export function parentOf(pid) {
  return Number(process.platform === 'linux' ? linuxStatus(pid).split(' ')[1] : ps(pid, 'ppid=')) || 0;
}

/** @param {number} pid */
function stateOf(pid) {
  return process.platform === 'linux' ? linuxStatus(pid) : ps(pid, 'stat=');
}

/**
 * @param {number} pid
 * @returns {string} state, parent and so on
 */
function linuxStatus(pid) {
  // The name before the state is in parentheses and may itself contain some.
  return readOrEmpty(() => readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/^.*\) /s, ''));
}

/**
 * @param {number} pid
 * @param {string} format
 */
function ps(pid, format) {
  return readOrEmpty(() =>
    execFileSync('ps', ['-p', String(pid), '-o', format], { encoding: 'utf8', stdio: 'pipe' }).trim(),
  );
}

/** @param {() => string} read */
function readOrEmpty(read) {
  try {
    return read();
  } catch {
    // The process ended in between.
    return '';
  }
}
