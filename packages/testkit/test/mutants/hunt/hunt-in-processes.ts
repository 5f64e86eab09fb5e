import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HuntResult } from './hunt.ts';

export type NamedResult = HuntResult & { readonly id: string; readonly world: string; readonly ms: number };

export interface HuntRun {
  /** A mutant, or `-WORLD` for a world without one. */
  readonly name: string;
  readonly seeds: number;
  readonly sweep: number;
}

export interface HuntInProcessesOptions {
  /** @default 2 */
  readonly processes?: number;
  /** Longest time of one, in real milliseconds. @default 120_000 */
  readonly limitMs?: number;
  /** Whether what caught it before is not looked at. @default false */
  readonly fromScratch?: boolean;
  readonly onResult?: (result: NamedResult) => void;
}

const main = fileURLToPath(new URL('./main.ts', import.meta.url));

/** Each in a fresh process, so that a source is changed before anything has loaded it. Results are in the order of the runs. */
export async function huntInProcesses(
  runs: readonly HuntRun[],
  { processes = 2, limitMs = 120_000, fromScratch = false, onResult }: HuntInProcessesOptions = {},
): Promise<readonly NamedResult[]> {
  const results: NamedResult[] = [];
  // What all of them load is compiled once.
  const cache = mkdtempSync(join(tmpdir(), 'holdfast-mutants-'));
  let next = 0;
  const worker = async () => {
    while (next < runs.length) {
      const index = next;
      next += 1;
      const run = runs[index];
      if (run === undefined) return;
      const result = await huntInProcess(run, { limitMs, fromScratch, cache });
      results[index] = result;
      onResult?.(result);
    }
  };
  try {
    await Promise.all(Array.from({ length: processes }, worker));
    return results;
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
}

async function huntInProcess(
  { name, seeds, sweep }: HuntRun,
  { limitMs, fromScratch, cache }: { readonly limitMs: number; readonly fromScratch: boolean; readonly cache: string },
): Promise<NamedResult> {
  const env = {
    ...process.env,
    NODE_OPTIONS: '',
    NODE_COMPILE_CACHE: cache,
    ...(fromScratch && { MUTANTS_FROM_SCRATCH: '1' }),
  };
  const child = spawn(process.execPath, ['--no-warnings', main, name, String(seeds), String(sweep)], { env });
  let out = '';
  let problem = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    problem += chunk.toString();
  });
  const deadline = setTimeout(() => child.kill('SIGKILL'), limitMs);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  clearTimeout(deadline);
  const line = out.trim().split('\n').at(-1) ?? '';
  if (code === 0 && line.startsWith('{')) return JSON.parse(line) as NamedResult;
  const why = code === null ? `it did not end within ${limitMs} ms` : `it ended with ${code}`;
  return { id: name, world: '', ms: 0, type: 'broken', message: `${why}: ${problem.slice(-2_000)}` };
}
