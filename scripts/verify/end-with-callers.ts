import { commandLineOf, isRunning, parentOf } from '../bootstrap/running-process.mjs';
import { signalRunning } from './run-command.ts';

const checkMs = 500;
/** npm, its shell, the entry script. */
const maxDepth = 3;

/** Tests must not go on when nobody reads their result: neither after a signal nor when npm or the entry script was killed. */
export function endWithCallers(): void {
  const callers = callersUpToNpm();
  const end = (signal: NodeJS.Signals): void => {
    signalRunning(signal);
    process.exit(1);
  };
  process.on('SIGINT', () => end('SIGINT')).on('SIGTERM', () => end('SIGTERM'));
  setInterval(() => callers.every(isRunning) || end('SIGTERM'), checkMs).unref();
}

/** A killed npm leaves its shell and the entry script alive, so watching our parent is not enough. */
function callersUpToNpm(): number[] {
  const chain = [process.ppid];
  if (process.env['npm_lifecycle_event'] === undefined) return chain;
  while (chain.length <= maxDepth) {
    const next = parentOf(chain.at(-1) ?? 0);
    if (next <= 1) break;
    chain.push(next);
    if (/^npm |npm-cli/.test(commandLineOf(next))) return chain;
  }
  return [process.ppid];
}
