import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { ConsumerProcessOptions } from './consumer-process.ts';

const program = fileURLToPath(new URL('./consumer-process.ts', import.meta.url));

export interface ConsumerProcess {
  readonly child: ChildProcess;
  readonly mode: ConsumerProcessOptions['mode'];
  /** Lines that it wrote. */
  readonly said: string[];
  readonly closed: Promise<unknown>;
}

/** Starts consumers as processes, replaces those that are killed, and kills what is left when the test has finished. */
export class ConsumerProcesses {
  readonly #options: Omit<ConsumerProcessOptions, 'mode'>;
  readonly #all: ConsumerProcess[] = [];
  readonly #onSaid: (consumer: ConsumerProcess, line: string) => void;
  readonly #faults: string[] = [];
  readonly #dying = new Set<ChildProcess>();
  #deaths = 0;
  #kills = 0;
  #isOver = false;

  constructor(
    options: Omit<ConsumerProcessOptions, 'mode'>,
    onSaid: (consumer: ConsumerProcess, line: string) => void = () => {},
  ) {
    this.#options = options;
    this.#onSaid = onSaid;
    onTestFinished(() => this.end());
  }

  /** How many were killed before {@link end}, by whoever. */
  get deaths(): number {
    return this.#deaths;
  }

  /** How many were killed by {@link kill}. */
  get kills(): number {
    return this.#kills;
  }

  /** Those that ended otherwise. */
  get faults(): readonly string[] {
    return this.#faults;
  }

  /** What all have said, those too that are dead. */
  get said(): readonly string[] {
    return this.#all.flatMap(({ said }) => said);
  }

  /** Lines that begin with the word, without it. */
  of(word: string): readonly string[] {
    return this.said.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));
  }

  /** Starts one, and another one in its place whenever it is killed. */
  start(mode: ConsumerProcessOptions['mode']): void {
    const options: ConsumerProcessOptions = { ...this.#options, mode };
    const child = spawn(process.execPath, [program, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'inherit'] });
    const consumer: ConsumerProcess = { child, mode, said: [], closed: once(child, 'close') };
    this.#all.push(consumer);
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      consumer.said.push(line);
      this.#onSaid(consumer, line);
    });
    child.once('exit', (code, signal) => {
      if (this.#isOver) return;
      if (signal !== 'SIGKILL') {
        this.#faults.push(`a consumer "${mode}" ended by itself with ${code}`);
        return;
      }
      this.#deaths += 1;
      this.start(mode);
    });
  }

  /** Kills it with kill -9 after a moment, once. `false` when it was killed already. */
  kill({ child }: ConsumerProcess, afterMs = 0): boolean {
    if (this.#dying.has(child)) return false;
    this.#dying.add(child);
    this.#kills += 1;
    if (afterMs === 0) child.kill('SIGKILL');
    else setTimeout(() => child.kill('SIGKILL'), afterMs);
    return true;
  }

  async end(): Promise<void> {
    this.#isOver = true;
    for (const { child } of this.#all) child.kill('SIGKILL');
    await Promise.all(this.#all.map(({ closed }) => closed));
  }
}
