import { integerOption, summarizeError } from '@holdfast/core';
import { runInProcess } from './process-context.ts';
import { realPause } from './real-pause.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import type { Simulation } from './simulation.ts';
import type { RunEnd } from './timeline.ts';
import { STOP_DEADLINE_MS, type World } from './world.ts';

export interface ScenarioOptions {
  /** Longest time that faults go on, in virtual milliseconds, when clients do not come to their end. @default 60_000 */
  readonly safetyMs?: number;
  /** Longest time in which everything must come to rest afterwards. @default 600_000 */
  readonly settleMs?: number;
}

/** How often moments come at which something may be disturbed, in virtual milliseconds. */
const TICK_MS = 100;
const LOOK_EVERY_MS = 50;
/** How long it must have been quiet. */
const QUIET_MS = 500;
/** Before nothing can happen any more, so long in real time something may: a module that is loaded for the first time. */
const LOADING_MS = { strict: 2_000, usual: 50, step: 5 };
/** So often a process may fail on what faults have left behind. */
const MOST_FAILURES = 5;
/** So often in a row it may fail to start; outages are shorter. */
const MOST_FAILED_STARTS = 300;

/** One run of a world, whose problems are told to its simulation: faults while clients act and until what they set off is worked off, then none; everything comes to rest; then every process is stopped by its own code. */
export class Scenario {
  readonly #simulation: Simulation;
  readonly #world: World;
  readonly #safetyMs: number;
  readonly #settleMs: number;
  #lookAt = 0;

  /** @throws InvalidOptionError */
  constructor(world: World, { safetyMs, settleMs }: ScenarioOptions = {}) {
    this.#simulation = world.simulation;
    this.#world = world;
    this.#safetyMs = integerOption('safetyMs', safetyMs, { min: 1, default: 60_000 });
    this.#settleMs = integerOption('settleMs', settleMs, { min: 1, default: 600_000 });
  }

  /** To be called outside of every process. Checks of the world come afterwards; nothing runs any more then. */
  async run(): Promise<void> {
    await this.#safety();
    await this.#settle();
    await this.#stop();
  }

  async #safety(): Promise<void> {
    const { processes, clients } = this.#world;
    if (processes.length + clients.length === 0) {
      this.#problem('something runs', 'The world has no process and no client, so nothing was tested: add some.');
    }
    // From the first I/O on, which is made when a process starts.
    this.#simulation.letFaultsHappen(true);
    for (const process of processes) process.start();
    for (const client of clients) client.start();
    this.#tick();
    let done = 0;
    const isDone = () => {
      // Who is done stays so.
      while (done < clients.length && hasEnded(clients[done])) done += 1;
      return done === clients.length || this.#cannotStart();
    };
    await this.#simulation.runUntil(() => isDone() && (this.#hasWorkedOff() || this.#cannotStart()), this.#safetyMs);
    this.#simulation.letFaultsHappen(false);
    const end = isDone() ? 'reached' : await this.#runUntilDone(isDone);
    for (const client of clients) {
      const [failure] = client.failures;
      if (failure !== undefined) this.#clientProblem(`"${client.name}" failed: ${summarizeError(failure)}`);
      else if (!client.isDone) this.#clientProblem(`${this.#waits(client)}${end === 'idle' ? this.#deadlock() : ''}`);
    }
  }

  /** There is no use in waiting for a process that fails whenever it starts. */
  #cannotStart(): boolean {
    return this.#world.processes.some(({ failedStarts }) => failedStarts >= MOST_FAILED_STARTS);
  }

  /** What clients have set off is disturbed too, also when they are done at once. */
  #hasWorkedOff(): boolean {
    const { now } = this.#simulation;
    const { canTellQuiet, clients, processes } = this.#world;
    // Without anybody who acts and is done, faults go on as long as they may.
    if (!canTellQuiet) return clients.length > 0 || processes.every(({ isDone }) => isDone);
    if (now < this.#lookAt) return false;
    this.#lookAt = now + LOOK_EVERY_MS;
    return this.#world.isQuiet();
  }

  async #runUntilDone(isDone: () => boolean): Promise<RunEnd> {
    const until = this.#settledAt();
    const graceMs = this.#simulation.isStrict ? LOADING_MS.strict : LOADING_MS.usual;
    let end = await this.#simulation.runUntil(isDone, until);
    for (let waited = 0; end === 'idle' && waited < graceMs; waited += LOADING_MS.step) {
      await realPause(LOADING_MS.step);
      end = await this.#simulation.runUntil(isDone, until);
    }
    return end;
  }

  #clientProblem(message: string): void {
    this.#problem('clients come to their end', message);
  }

  #waits({ name, incarnation }: SimulatedProcess): string {
    const pending = incarnation === null ? [] : this.#simulation.pendingOf(incarnation);
    const what = pending.length === 0 ? 'a promise that no I/O and no timer settles' : listed(pending);
    return `"${name}" still waits for ${what}.`;
  }

  #deadlock(): string {
    const alive = this.#world.processes.filter(({ incarnation }) => incarnation?.isAlive);
    return [' Nothing can happen any more.', ...alive.map((process) => this.#waits(process))].join(' ');
  }

  async #settle(): Promise<void> {
    const world = this.#world;
    const until = this.#settledAt();
    let quietSince = Number.POSITIVE_INFINITY;
    const isAtRest = () => {
      const { now } = this.#simulation;
      if (this.#cannotStart()) return true;
      if (!world.canTellQuiet || now < this.#lookAt) return false;
      this.#lookAt = now + LOOK_EVERY_MS;
      if (!this.#areUp() || !world.isQuiet()) quietSince = Number.POSITIVE_INFINITY;
      else if (quietSince > now) quietSince = now;
      return now - quietSince >= QUIET_MS;
    };
    const failedBefore = world.processes.map(({ failures }) => failures.length);
    this.#wakeAfter(until - this.#settleMs);
    const end = await this.#simulation.runUntil(isAtRest, until);
    if (world.canTellQuiet && end !== 'reached' && !(end === 'idle' && world.isQuiet())) {
      const after = end === 'idle' ? `Nothing can happen any more, and` : `${this.#settleMs} ms after the last fault`;
      this.#problem('everything comes to rest', `${after} something is not done.`);
    }
    for (const [index, process] of world.processes.entries()) this.#expectUp(process, failedBefore[index] ?? 0);
  }

  /** Who is frozen when faults end is so for longer, and that is no failure. */
  #settledAt(): number {
    const { now } = this.#simulation;
    const pauses = this.#world.processes.map(({ incarnation }) =>
      incarnation?.isAlive ? incarnation.pausedUntil : now,
    );
    return Math.max(now, ...pauses) + this.#settleMs;
  }

  /** A frozen process for which nothing waits is woken all the same: it could not be stopped before. */
  #wakeAfter(frozenUntil: number): void {
    const leftMs = frozenUntil - this.#simulation.now;
    if (leftMs <= 0) return;
    for (const afterMs of [leftMs, leftMs + 2 * QUIET_MS]) {
      runInProcess(null, () => this.#simulation.after(afterMs, () => {}));
    }
  }

  /** Everything runs, and nothing is frozen: what a pause has left would be taken for what the process has left. */
  #areUp(): boolean {
    const { now } = this.#simulation;
    return this.#world.processes.every(
      ({ isRunning, isStopping, isDone, incarnation }) =>
        isDone || (isRunning && !isStopping && (incarnation === null || incarnation.pausedUntil <= now)),
    );
  }

  /** When nothing goes wrong any more, a process runs. */
  #expectUp({ name, isDone, isRunning, failures }: SimulatedProcess, failedBefore: number): void {
    const failed = failures.length - failedBefore;
    if (isDone || (isRunning && failed < MOST_FAILURES)) return;
    const how = isRunning ? `failed ${failed} times` : 'does not run';
    const last = failures.at(-1);
    const why = failures.length === 0 ? 'its start does not end' : `its last error was ${summarizeError(last)}`;
    this.#problem('processes run when nothing goes wrong', `"${name}" ${how}; ${why}.`);
  }

  async #stop(): Promise<void> {
    for (const process of this.#world.processes) process.retire();
    let isStopped = false;
    const stopping = Promise.all(this.#world.processes.map((process) => this.#stopOne(process))).then(() => {
      isStopped = true;
    });
    await this.#simulation.runUntil(() => isStopped, this.#simulation.now + 2 * STOP_DEADLINE_MS);
    await stopping;
  }

  async #stopOne(process: SimulatedProcess): Promise<void> {
    const { settled, left, error } = await process.stop(STOP_DEADLINE_MS);
    const name = `"${process.name}"`;
    if (error !== undefined) this.#problem('processes stop', `${name} failed to stop: ${summarizeError(error)}`);
    else if (!settled) {
      const waits = left.length === 0 ? '' : ` It waited for ${listed(left)}.`;
      this.#problem('processes stop', `${name} did not stop in ${STOP_DEADLINE_MS} ms.${waits}`);
    } else if (left.length > 0) {
      this.#problem('nothing is left after a stop', `${name} left ${listed(left)}.`);
    }
  }

  /** Moments at which something may be disturbed, as long as faults happen. */
  #tick(): void {
    runInProcess(null, () =>
      this.#simulation.after(TICK_MS, () => {
        if (!this.#simulation.faultsOn) return;
        for (const { name, kinds, disturb } of this.#world.disturbables) {
          const fault = this.#simulation.faultAt('tick', name, { kinds });
          if (fault !== null) disturb(fault.kind, fault.ms ?? 1_000);
        }
        this.#tick();
      }),
    );
  }

  #problem(check: string, message: string): void {
    this.#simulation.problem(check, message);
  }
}

function hasEnded(client: SimulatedProcess | undefined): boolean {
  return client !== undefined && (client.isDone || client.failures.length > 0);
}

function listed(labels: readonly string[]): string {
  const shown = labels.slice(0, 5).join(', ');
  return labels.length > 5 ? `${shown} and ${labels.length - 5} more` : shown;
}
