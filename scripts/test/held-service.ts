import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

/** A server that another process started and holds. */
export interface HeldService {
  readonly owner: ChildProcess;
  readonly guard: number;
  readonly folder: string;
  /** Every process that works for the server. */
  readonly pids: readonly number[];
}

/** Runs a program of `fixtures/` that starts a server and says where it is. */
export async function holdService(fixture: string): Promise<HeldService> {
  const script = join(import.meta.dirname, 'fixtures', fixture);
  const owner = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: owner.stdout })) {
    const { dataDir }: { readonly dataDir: string } = JSON.parse(line);
    const folder = dirname(dataDir);
    const pids = readdirSync(folder)
      .filter((name) => name.endsWith('.pid') && name !== 'owner.pid')
      .map((name) => pidIn(join(folder, name)));
    return { owner, guard: pidIn(join(folder, 'owner.pid')), folder, pids };
  }
  throw new Error('The owner ended before its server was ready.');
}

function pidIn(file: string): number {
  return Number(readFileSync(file, 'utf8'));
}
