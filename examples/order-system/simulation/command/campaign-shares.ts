import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { CampaignFigures } from '@holdfast/testkit';
import type { StopMessage } from '../../src/processes/child-program.ts';
import type { ShareMessage } from './share-message.ts';
import type { SimulateArguments } from './simulate-arguments.ts';

/** How far all shares are together. */
export interface SharedProgress {
  readonly seeds: number;
  readonly ofSeeds: number | null;
  readonly runsPerSecond: number;
  readonly realMs: number;
}

export interface SharesOutcome {
  /** Of the shares that came to their end. */
  readonly figures: readonly CampaignFigures[];
  /** Why others did not. */
  readonly failures: readonly string[];
}

const PROGRAM = join(import.meta.dirname, 'share-main.ts');
const STOP: StopMessage = { kind: 'stop' };

/** A campaign as processes that share its seeds. The first one that fails stops the others. */
export class CampaignShares {
  readonly #args: SimulateArguments;
  readonly #onProgress: (progress: SharedProgress) => void;
  readonly #children: ChildProcess[] = [];
  readonly #progress = new Map<number, SharedProgress>();
  readonly #figures: CampaignFigures[] = [];
  readonly #failures: string[] = [];

  constructor(args: SimulateArguments, onProgress: (progress: SharedProgress) => void) {
    this.#args = args;
    this.#onProgress = onProgress;
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
    return { figures: this.#figures, failures: this.#failures };
  }

  #runShare(index: number): Promise<void> {
    return new Promise((resolve) => {
      const child = fork(PROGRAM, [JSON.stringify(this.#args), String(index)], {
        serialization: 'advanced',
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      });
      this.#children.push(child);
      let hasTold = false;
      child.on('message', (message: ShareMessage) => {
        hasTold ||= message.kind !== 'progress';
        this.#told(index, message);
      });
      const end = (how: string) => {
        if (!hasTold) this.#fail(`Process ${index + 1} of the simulation ${how}.`);
        hasTold = true;
        resolve();
      };
      child.on('error', (error) => end(`failed: ${error.message}`));
      child.on('exit', (code, signal) => end(`ended early, with ${signal ?? `code ${code}`}`));
    });
  }

  #told(index: number, message: ShareMessage): void {
    if (message.kind === 'done') this.#figures.push(message.figures);
    else if (message.kind === 'failed') this.#fail(message.report);
    else {
      this.#progress.set(index, message.progress);
      this.#onProgress(together([...this.#progress.values()]));
    }
  }

  #fail(report: string): void {
    this.#failures.push(report);
    this.#stop();
  }

  #stop(): void {
    // One that has ended has nobody to tell.
    for (const child of this.#children) if (child.connected) child.send(STOP, () => {});
  }
}

function together(shares: readonly SharedProgress[]): SharedProgress {
  const sum = (of: (progress: SharedProgress) => number) => shares.reduce((total, each) => total + of(each), 0);
  return {
    seeds: sum(({ seeds }) => seeds),
    ofSeeds: shares.some(({ ofSeeds }) => ofSeeds === null) ? null : sum(({ ofSeeds }) => ofSeeds ?? 0),
    runsPerSecond: sum(({ runsPerSecond }) => runsPerSecond),
    realMs: Math.max(...shares.map(({ realMs }) => realMs)),
  };
}
