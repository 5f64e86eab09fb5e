import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { SagaProcessOptions } from './saga-process.ts';

const program = fileURLToPath(new URL('./saga-process.ts', import.meta.url));

interface SagaProcess {
  readonly child: ChildProcess;
  readonly role: SagaProcessOptions['role'];
  readonly closed: Promise<unknown>;
}

/** Starts the parts of a shop as processes, replaces those that are killed, and kills what is left when the test has finished. */
export class SagaProcesses {
  readonly said: string[] = [];
  /** Those that ended by themselves. */
  readonly faults: string[] = [];
  readonly #where: string;
  readonly #all = new Set<SagaProcess>();
  readonly #dying = new Set<SagaProcess>();
  #deaths = 0;
  #isOver = false;

  constructor(where: string) {
    this.#where = where;
    onTestFinished(() => this.end());
  }

  /** How many were killed before {@link end}. */
  get deaths(): number {
    return this.#deaths;
  }

  /** How many were killed by {@link kill}. */
  get kills(): number {
    return this.#dying.size;
  }

  /** Starts one, and another one in its place whenever it is killed. */
  start(role: SagaProcessOptions['role']): void {
    const options: SagaProcessOptions = { where: this.#where, role };
    const child = spawn(process.execPath, [program, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'inherit'] });
    const started: SagaProcess = { child, role, closed: once(child, 'close') };
    this.#all.add(started);
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => this.said.push(line));
    child.once('exit', (code, signal) => {
      this.#all.delete(started);
      if (this.#isOver) return;
      if (signal === 'SIGKILL') this.#deaths += 1;
      else this.faults.push(`the process "${role}" ended by itself with ${code}`);
      if (signal === 'SIGKILL') this.start(role);
    });
  }

  /** Kills one of those that have the role with kill -9, when one runs that is not killed yet. */
  kill(role: SagaProcessOptions['role']): void {
    for (const one of this.#all) {
      if (one.role !== role || this.#dying.has(one)) continue;
      this.#dying.add(one);
      one.child.kill('SIGKILL');
      return;
    }
  }

  async end(): Promise<void> {
    this.#isOver = true;
    const all = [...this.#all];
    for (const { child } of all) child.kill('SIGKILL');
    await Promise.all(all.map(({ closed }) => closed));
  }
}
