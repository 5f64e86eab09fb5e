import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/**
 * What another process is to do: relay; relay and remember when messages came, polling or also listening; be the raw limit
 * of that; or read the log from its start and do nothing with it.
 */
export interface WorkerTask {
  readonly kind: 'relay' | 'relay-recording' | 'relay-listening' | 'raw-notify' | 'raw-read';
  readonly url: string;
}

/** What it tells when it is asked. */
export interface FromWorker {
  readonly published: number;
  /** Ids and when they came, in milliseconds of the machine's monotonic clock; each is told once. */
  readonly receivedAt: readonly (readonly [string, number])[];
  /** Resident memory in bytes, before it began and at most since. */
  readonly startRss: number;
  readonly peakRss: number;
}

/** A process of its own that relays. */
export class WorkerProcess {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Resolves when it is at work. */
  static async start(task: WorkerTask): Promise<WorkerProcess> {
    const child = fork(join(import.meta.dirname, 'relay-process.ts'), [JSON.stringify([task])]);
    const worker = new WorkerProcess(child);
    await worker.#answer();
    return worker;
  }

  async report(): Promise<FromWorker> {
    const answer = this.#answer();
    this.#child.send('report');
    return answer;
  }

  async stop(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.send('stop');
    await exited;
  }

  #answer(): Promise<FromWorker> {
    return new Promise((resolve, reject) => {
      const onExit = (code: number | null) => reject(new Error(`The relaying process ended with code ${code}.`));
      this.#child.once('exit', onExit);
      this.#child.once('message', (message) => {
        this.#child.off('exit', onExit);
        resolve(message as FromWorker);
      });
    });
  }
}
