import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { root } from '../bootstrap/workspace.mjs';

const requireHere = createRequire(import.meta.url);
const running = new Set<ReturnType<typeof spawn>>();

/** Runs a Node script with our output; resolves to its exit code. It ends when we are told to end. */
export async function runNode(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: environment(),
  });
  running.add(child);
  const [code] = await once(child, 'close');
  running.delete(child);
  return typeof code === 'number' ? code : 1;
}

/** Passes a signal on to what runs now. */
export function signalRunning(signal: NodeJS.Signals): void {
  for (const child of running) child.kill(signal);
}

/** The script behind a command of a development dependency. */
export function commandScript(packageName: string, command: string): string {
  const manifestFile = join(root, 'node_modules', packageName, 'package.json');
  const { bin } = requireHere(manifestFile) as { readonly bin: string | Readonly<Record<string, string>> };
  const script = typeof bin === 'string' ? bin : bin[command];
  if (script === undefined) throw new Error(`"${packageName}" has no command "${command}".`);
  return join(dirname(manifestFile), script);
}

/** Tools that look for `node` or each other find those of this repository; colours are for terminals only. */
function environment(): NodeJS.ProcessEnv {
  const bin = join(root, 'node_modules', '.bin');
  const path = `${dirname(process.execPath)}:${bin}:${process.env['PATH'] ?? ''}`;
  return { ...process.env, PATH: path, ...(process.stdout.isTTY ? {} : { NO_COLOR: '1', FORCE_COLOR: '0' }) };
}
