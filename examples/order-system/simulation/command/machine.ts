import { execFile } from 'node:child_process';
import { arch, cpus, platform } from 'node:os';
import { promisify } from 'node:util';

/** What figures were measured on. */
export interface Machine {
  /** Of the repository; `null` when Git does not tell. */
  readonly commit: string | null;
  readonly node: string;
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
}

export async function thisMachine(): Promise<Machine> {
  return {
    commit: await commitHere(),
    node: process.versions.node,
    platform: `${platform()} ${arch()}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
  };
}

async function commitHere(): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)('git', ['rev-parse', '--short=12', 'HEAD'], {
      cwd: import.meta.dirname,
    });
    return stdout.trim() || null;
  } catch {
    // No Git, or no repository: a download.
    return null;
  }
}
