import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { StopMessage } from '../../src/processes/child-program.ts';
import type { SharedProgress, ShareFigures, ShareMessage } from './share-message.ts';
import type { SimulateArguments } from './simulate-arguments.ts';

export interface SharesOutcome {
  /** Of the processes that could tell. */
  readonly figures: readonly ShareFigures[];
  /** What went wrong. */
  readonly failures: readonly string[];
  /** The most that all processes together have been seen with. */
  readonly memoryBytes: number;
}

export interface CampaignSharesOptions {
  readonly args: SimulateArguments;
  readonly onProgress: (progress: SharedProgress) => void;
  /** The file of a program that is called as `share-main.ts` is. @default that */
  readonly program?: string;
}

const PROGRAM = join(import.meta.dirname, 'share-main.ts');
const STOP: StopMessage = { kind: 'stop' };

/** A campaign as processes that share its seeds. The first one that fails stops the others. */
export class CampaignShares {
  readonly #args: SimulateArguments;
  readonly #onProgress: (progress: SharedProgress) => void;
  readonly #program: string;
  readonly #children: ChildProcess[] = [];
  readonly #progress = new Map<number, SharedProgress>();
  readonly #memory = new Map<number, number>();
  readonly #figures: ShareFigures[] = [];
  readonly #failures: string[] = [];
  #isStopping = false;

  constructor({ args, onProgress, program = PROGRAM }: CampaignSharesOptions) {
    this.#args = args;
    this.#onProgress = onProgress;
    this.#program = program;
  }

  /** Resolves when every process has ended. */
  async run(signal: AbortSignal): Promise<SharesOutcome> {
    const stop = () => this.#stop();
    signal.addEventListener('abort', stop, { once: true });
    try {
      await Promise.all(Array.from({ length: this.#args.workers }, (_, index) => this.#runShare(index)));
    } finally {
      signal.removeEventListener('abort', stop);
    }
    const memoryBytes = [...this.#memory.values()].reduce((total, bytes) => total + bytes, 0);
    return { figures: this.#figures, failures: this.#failures, memoryBytes };
  }

  #runShare(index: number): Promise<void> {
    return new Promise((resolve) => {
      const child = fork(this.#program, [JSON.stringify(this.#args), String(index)], {
        serialization: 'advanced',
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      });
      this.#children.push(child);
      if (this.#isStopping) sendStop(child);
      let hasTold = false;
      child.on('message', (message: ShareMessage) => {
        hasTold ||= message.kind === 'done';
        this.#told(index, message);
      });
      const end = (how: string) => {
        if (!hasTold) this.#fail(`Process ${index + 1} of the simulation ${how}.`);
        hasTold = true;
        resolve();
      };
      child.on('error', (error) => end(`failed: ${error.message}`));
      // After its last message.
      child.on('close', (code, signal) => end(`ended early, with ${signal ?? `code ${code}`}`));
    });
  }

  #told(index: number, message: ShareMessage): void {
    const { memoryBytes } = message.kind === 'done' ? message : message.progress;
    this.#memory.set(index, Math.max(this.#memory.get(index) ?? 0, memoryBytes));
    if (message.kind === 'done') {
      this.#figures.push(message.figures);
      if (message.failure !== null) this.#fail(message.failure);
    } else {
      this.#progress.set(index, message.progress);
      this.#onProgress(together([...this.#progress.values()]));
    }
  }

  #fail(report: string): void {
    this.#failures.push(report);
    this.#stop();
  }

  #stop(): void {
    this.#isStopping = true;
    for (const child of this.#children) sendStop(child);
  }
}

function sendStop(child: ChildProcess): void {
  // One that has ended has nobody to tell.
  if (child.connected) child.send(STOP, () => {});
}

function together(shares: readonly SharedProgress[]): SharedProgress {
  const sum = (of: (progress: SharedProgress) => number) => shares.reduce((total, each) => total + of(each), 0);
  return {
    done: sum(({ done }) => done),
    of: shares.some(({ of }) => of === null) ? null : sum(({ of }) => of ?? 0),
    runsPerSecond: sum(({ runsPerSecond }) => runsPerSecond),
    realMs: Math.max(...shares.map(({ realMs }) => realMs)),
    memoryBytes: sum(({ memoryBytes }) => memoryBytes),
  };
}
