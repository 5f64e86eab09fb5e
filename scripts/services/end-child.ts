import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

const patienceMs = 20_000;

/** Ends the process by the signal and resolves when it is gone; one that does not react within 20 seconds is killed. */
export async function endChild(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  // Without a pid it never started.
  if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  const impatience = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  await exited;
  clearTimeout(impatience);
}
