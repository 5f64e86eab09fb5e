import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { repositoryNode } from './repository-node.mjs';

/**
 * Runs a program by the repository's Node with our terminal, passes signals on and resolves to its exit code (128 + n after signal n).
 * @param {readonly string[]} args the script and its arguments
 * @param {{ cwd?: string }} [options]
 * @returns {Promise<number>}
 */
export function runProgram(args, { cwd } = {}) {
  const child = spawn(repositoryNode(), args, { stdio: 'inherit', ...(cwd === undefined ? {} : { cwd }) });
  // A terminal sends Ctrl-C to the child as well; twice would look like "now, at once".
  const passSigint = () => process.stdin.isTTY || child.kill('SIGINT');
  const passSigterm = () => child.kill('SIGTERM');
  process.on('SIGINT', passSigint).on('SIGTERM', passSigterm).on('SIGHUP', passSigterm);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      process.off('SIGINT', passSigint).off('SIGTERM', passSigterm).off('SIGHUP', passSigterm);
      resolve(code ?? 128 + (signal === null ? 1 : constants.signals[signal]));
    });
  });
}
