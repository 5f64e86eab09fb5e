import { spawn } from 'node:child_process';

/**
 * @typedef {object} CapturedRun
 * @property {number} exitCode 127 when the command does not exist
 * @property {string} output stdout and stderr as they came
 */

/**
 * Runs a command without a terminal and keeps what it prints.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv }} options
 * @returns {Promise<CapturedRun>}
 */
export function runCaptured(command, args, { cwd, env = process.env }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const stopChild = () => child.kill();
    process.once('exit', stopChild);
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => resolve({ exitCode: 127, output: `${output}${error.message}\n` }));
    child.on('close', (code) => {
      process.off('exit', stopChild);
      resolve({ exitCode: code ?? 1, output });
    });
  });
}
