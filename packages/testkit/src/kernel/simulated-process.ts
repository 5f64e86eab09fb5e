import { summarizeError } from '@holdfast/core';
import { Incarnation } from './incarnation.ts';
import { chanceOf, hashText, mix } from './mix.ts';
import { currentProcess, type ProcessContext, runInProcess } from './process-context.ts';
import { ProcessKilledError } from './process-killed-error.ts';
import { ProcessUnreachableError } from './process-unreachable-error.ts';
import type { Simulation } from './simulation.ts';
import { WAKE } from './timeline.ts';

/** What runs in a process until it is stopped or killed. */
export interface RunningProcess<Api = unknown> {
  /** Ends it by its own code, as on SIGTERM. Afterwards nothing of it may be left: no timer, no I/O. @default it is done when its main is */
  stop?(): Promise<unknown>;
  /** What others can call over the network, by {@link SimulatedProcess.call}. */
  readonly api?: Api;
}

export interface ProcessLife {
  /** E.g. `relay-1`. */
  readonly name: string;
  /** Which one of its replicas, from 1. */
  readonly replica: number;
  /** Which life, from 1. */
  readonly life: number;
}

/** The program of a process, started anew after each end on what is durable. Everything that it does goes through ports. */
export type ProcessMain<Api> = (
  life: ProcessLife,
) => RunningProcess<Api> | undefined | Promise<RunningProcess<Api> | undefined> | Promise<void>;

export interface SimulatedProcessOptions<Api> {
  readonly simulation: Simulation;
  readonly name: string;
  readonly replica: number;
  readonly main: ProcessMain<Api>;
  /** Whether it is started again when it has ended. */
  readonly restarts: boolean;
  /** Somebody outside, whom no fault touches. @default false */
  readonly isOutside?: boolean;
}

/** How a graceful stop went. */
export interface StopOutcome {
  readonly settled: boolean;
  /** Timers and I/O that were left. */
  readonly left: readonly string[];
  /** What its stop failed with. */
  readonly error?: unknown;
}

const MOST_RESTART_MS = 1_000;

/** A process: it can be started, killed at any I/O, stopped by its own code, paused, and is started again. */
export class SimulatedProcess<Api = unknown> {
  readonly name: string;
  readonly #options: SimulatedProcessOptions<Api>;
  readonly #simulation: Simulation;
  readonly #failures: unknown[] = [];
  #incarnation: Incarnation | null = null;
  #running: RunningProcess<Api> | null = null;
  #lives = 0;
  #failedStarts = 0;
  #isDone = false;
  #restarts: boolean;
  #stopping: Promise<StopOutcome> | null = null;

  constructor(options: SimulatedProcessOptions<Api>) {
    this.#options = options;
    this.#simulation = options.simulation;
    this.name = options.name;
    this.#restarts = options.restarts;
  }

  get incarnation(): Incarnation | null {
    return this.#incarnation;
  }

  /** Its program has come to its end by itself. */
  get isDone(): boolean {
    return this.#isDone;
  }

  get isRunning(): boolean {
    return this.#running !== null;
  }

  /** It was told to stop, and is not down yet. */
  get isStopping(): boolean {
    return this.#stopping !== null;
  }

  get lives(): number {
    return this.#lives;
  }

  /** What its program failed with, life by life. */
  get failures(): readonly unknown[] {
    return this.#failures;
  }

  /** How often in a row its program has failed to start. */
  get failedStarts(): number {
    return this.#failedStarts;
  }

  start(): void {
    if (this.#incarnation?.isAlive) return;
    this.#lives += 1;
    const incarnation = new Incarnation(this.name, this.#lives, this.#options.isOutside);
    this.#incarnation = incarnation;
    this.#tell('started');
    const life = { name: this.name, replica: this.#options.replica, life: this.#lives };
    const context = { simulation: this.#simulation, incarnation };
    const main = runInProcess(context, async () => this.#options.main(life));
    main.then(
      (running) => this.#started(incarnation, running ?? {}),
      (error) => this.#failed(incarnation, error),
    );
  }

  /** As `kill -9` does. */
  kill(how = 'kill'): void {
    this.#end(how);
    if (this.#restarts) this.#startLater();
  }

  /**
   * Ends it by its own code, within the deadline; then as {@link kill} does. One that is stopping already is told once. To be awaited outside of
   * every process.
   */
  stop(deadlineMs: number): Promise<StopOutcome> {
    this.#stopping ??= this.#stopNow(deadlineMs).finally(() => {
      this.#stopping = null;
    });
    return this.#stopping;
  }

  async #stopNow(deadlineMs: number): Promise<StopOutcome> {
    const incarnation = this.#incarnation;
    const running = this.#running;
    if (incarnation === null || !incarnation.isAlive) return { settled: true, left: [] };
    this.#tell('is to stop');
    const context = { simulation: this.#simulation, incarnation };
    const outcome = new Promise<Omit<StopOutcome, 'left'>>((resolve) => {
      const deadline = this.#simulation.after(deadlineMs, () => resolve({ settled: false }));
      const end = (how: Omit<StopOutcome, 'left'>) => {
        deadline.cancelled = true;
        resolve(how);
      };
      incarnation.onEnd(() => end({ settled: true }));
      this.#whenAwake(context, () =>
        runInProcess(context, async () => running?.stop?.()).then(
          () => end({ settled: true }),
          (error) => end({ settled: true, error }),
        ),
      );
    });
    const how = await outcome;
    // What its last words have set off has happened then.
    if (how.settled) await this.#simulation.sleep(0);
    if (!incarnation.isAlive) return { ...how, left: [] };
    const left = this.#simulation.pendingOf(incarnation);
    if (how.error !== undefined) this.#failures.push(how.error);
    this.#end(how.settled ? 'stopped' : 'killed after the deadline of its stop');
    return { ...how, left };
  }

  /** Stops it and starts it again, in the background. */
  restart(deadlineMs: number): void {
    if (this.#stopping !== null) return;
    void this.stop(deadlineMs).then(() => this.#startLater());
  }

  /** From here on it stays down when it has ended. */
  retire(): void {
    this.#restarts = false;
  }

  /**
   * Calls it over the network, from another process: `work` runs in it, with its api. When it dies meanwhile, or the answer is lost, the caller
   * learns that nobody knows what became of it.
   * @throws ProcessUnreachableError
   */
  call<Result>(label: string, work: (api: Api) => Promise<Result>): Promise<Result> {
    const site = {
      label: `${this.#options.name}.${label}`,
      server: this.name,
      answers: true,
      outlivesSender: true,
      errorBefore: () => new ProcessUnreachableError(this.name, false),
      errorAfter: () => new ProcessUnreachableError(this.name, true),
    };
    return this.#simulation.io(site, () => this.#serve(work));
  }

  #serve<Result>(work: (api: Api) => Promise<Result>): Promise<Result> {
    const incarnation = this.#incarnation;
    const api = this.#running?.api;
    if (incarnation === null || !incarnation.isAlive || api === undefined) {
      return Promise.reject(new ProcessUnreachableError(this.name, false));
    }
    return new Promise((resolve, reject) => {
      const release = incarnation.onEnd(() => reject(new ProcessUnreachableError(this.name, true)));
      const context = { simulation: this.#simulation, incarnation };
      this.#whenAwake(context, () =>
        runInProcess(context, async () => work(api))
          .then(resolve, reject)
          .finally(release),
      );
    });
  }

  /** A process that is frozen hears of nothing before it wakes. */
  #whenAwake(context: ProcessContext, work: () => unknown): void {
    if (context.incarnation.pausedUntil <= this.#simulation.now) work();
    else runInProcess(context, () => this.#simulation.timer(0, work, WAKE));
  }

  #started(incarnation: Incarnation, running: RunningProcess<Api>): void {
    if (!incarnation.isAlive) return;
    this.#running = running;
    this.#failedStarts = 0;
    if (running.stop === undefined && running.api === undefined) {
      const left = this.#simulation.pendingOf(incarnation);
      if (this.#restarts && left.length > 0) {
        const message = `"${this.name}" returned nothing that can be stopped, and left ${left.join(', ')}.`;
        this.#simulation.problem('nothing is left after a stop', message);
      }
      this.#isDone = true;
      this.#restarts = false;
      this.#end('done');
    }
  }

  #failed(incarnation: Incarnation, error: unknown): void {
    if (!incarnation.isAlive || error instanceof ProcessKilledError) return;
    this.#failures.push(error);
    this.#failedStarts += 1;
    this.#end(`failed: ${summarizeError(error)}`);
    if (this.#restarts) this.#startLater();
  }

  #end(how: string): void {
    this.#running = null;
    this.#tell(how);
    this.#incarnation?.end();
  }

  #startLater(): void {
    const chance = chanceOf(mix(this.#simulation.seed, hashText(this.name)), this.#lives);
    // Outside of every process, whoever asked for it.
    runInProcess(null, () =>
      this.#simulation.after(1 + chance * MOST_RESTART_MS, () => {
        if (this.#restarts) this.start();
      }),
    );
  }

  #tell(what: string): void {
    this.#simulation.tell({ kind: 'process', place: this.name, label: what, life: this.#lives });
  }
}

/** The process whose code asks, for ports that have one part for each. @throws TypeError outside of a process */
export function currentIncarnation(): Incarnation {
  const incarnation = currentProcess()?.incarnation;
  if (incarnation === undefined) throw new TypeError('This must be called by the program of a simulated process.');
  return incarnation;
}
