import { type Clock, type Ids, InvalidOptionError, integerOption, type Random, stringOption } from '@holdfast/core';
import type { FaultKind } from '../faults/fault.ts';
import type { Incarnation } from './incarnation.ts';
import { type PortOptions, portOf } from './port.ts';
import { type ProcessMain, SimulatedProcess } from './simulated-process.ts';
import type { Simulation } from './simulation.ts';

/** A part of the world that can be disturbed at any moment. */
export interface Disturbable {
  readonly name: string;
  readonly kinds: readonly FaultKind[];
  /** Begins the disturbance; it ends by itself. */
  disturb(kind: FaultKind, ms: number): void;
}

/** A part of the world that keeps something. */
export interface WorldPart {
  readonly name: string;
  /** How much it keeps, by kind of thing (rows of each table, charges at a provider): what must not depend on faults. */
  counts(): Readonly<Record<string, number>>;
  /** It counts rows, so that what only changes one is not seen. @default false */
  readonly countsRowsOnly?: boolean;
}

export interface ProcessOptions {
  /** @default 1 */
  readonly replicas?: number;
}

/** Where moments are counted. */
const reservedNames: ReadonlySet<string> = new Set(['tick']);
const namePattern = /^[a-z][a-z0-9-]{0,40}$/i;

/** What is simulated: processes, clients, servers and what they keep. Built anew for each run. */
export class World {
  readonly simulation: Simulation;
  readonly parts: WorldPart[] = [];
  readonly disturbables: Disturbable[] = [];
  readonly processes: SimulatedProcess[] = [];
  readonly clients: SimulatedProcess[] = [];
  readonly #names = new Set<string>();
  readonly #quiet: (() => boolean)[] = [];
  readonly #loads: (() => Promise<void>)[] = [];
  readonly #closings: (() => void)[] = [];

  constructor(simulation: Simulation) {
    this.simulation = simulation;
    simulation.onKill = (incarnation, how) => this.#processOf(incarnation)?.kill(how);
  }

  /** Virtual time. `Date`, `performance.now()` and timers of the simulated code are virtual as well. */
  get clock(): Clock {
    return this.simulation.clock;
  }

  /** Repeatable chance. */
  get random(): Random {
    return this.simulation.random;
  }

  /** Repeatable ids, of the process that asks. */
  get ids(): Ids {
    return this.simulation.ids;
  }

  /**
   * Adds a program that is started when the run begins, is killed, stopped and paused in it, and started again. It lasts when it returns something
   * with a `stop` or an `api`; otherwise it has done its work when it returns.
   */
  process<Api>(
    name: string,
    main: ProcessMain<Api>,
    { replicas }: ProcessOptions = {},
  ): readonly SimulatedProcess<Api>[] {
    const count = integerOption('replicas', replicas, { min: 1, max: 1_000, default: 1 });
    return Array.from({ length: count }, (_, index) => {
      const process = this.#add({
        name: count === 1 ? name : `${name}-${index + 1}`,
        replica: index + 1,
        main,
        restarts: true,
      });
      this.processes.push(process as SimulatedProcess);
      this.disturbables.push(disturbableProcess(this.simulation, process as SimulatedProcess));
      return process;
    });
  }

  /** Adds somebody outside, whom no fault touches: the run's faults go on until all clients have come to their end. */
  client(
    name: string,
    main: (client: { readonly name: string; readonly number: number }) => Promise<void>,
    options: { readonly count?: number } = {},
  ): void {
    const count = integerOption('count', options.count, { min: 1, max: 100_000, default: 1 });
    for (let number = 1; number <= count; number += 1) {
      const own = count === 1 ? name : `${name}-${number}`;
      this.clients.push(
        this.#add({
          name: own,
          replica: number,
          restarts: false,
          isOutside: true,
          main: async () => main({ name: own, number }),
        }) as SimulatedProcess,
      );
    }
  }

  /** Names a server, so that it can be down and the ways to it can be cut. Its ports name it as `server`. `onDown` ends what it holds in memory. */
  server(name: string, { onDown }: { readonly onDown?: () => void } = {}): void {
    this.#take(name);
    const { network } = this.simulation;
    this.disturbables.push({
      name,
      kinds: ['down'],
      disturb: (_, ms) => {
        network.takeDown(name);
        onDown?.();
        this.simulation.after(ms, () => network.bringUp(name));
      },
    });
  }

  /** Adds something that keeps data, for checks that compare runs. */
  part(part: WorldPart): void {
    this.parts.push(part);
  }

  /** Makes each method of an object that returns a promise an I/O: a store, an API client, a fake of somebody else's service. */
  port<Port extends object>(label: string, port: Port, options: PortOptions = {}): Port {
    return portOf(this.simulation, port, { label: stringOption('label', label, { maxBytes: 64 }), options });
  }

  /** The run has come to rest only when this holds too. */
  quietWhen(isQuiet: () => boolean): void {
    this.#quiet.push(isQuiet);
  }

  get canTellQuiet(): boolean {
    return this.#quiet.length > 0;
  }

  isQuiet(): boolean {
    return this.#quiet.every((isQuiet) => isQuiet());
  }

  /** A cheap rule that is looked at after each event, e.g. that stock is never negative. Returns what contradicts it. Told of once. */
  always(name: string, check: () => string | null): void {
    this.simulation.always(stringOption('name', name, { maxBytes: 256 }), check);
  }

  /** A condition has been met that the campaign wants to have seen, e.g. that a parked message was released. */
  see(condition: string): void {
    this.simulation.see(condition);
  }

  /** Loads what checks look at, when every process is stopped: checks are synchronous. */
  beforeChecks(load: () => Promise<void>): void {
    this.#loads.push(load);
  }

  async load(): Promise<void> {
    for (const load of this.#loads) await load();
  }

  /** Runs when the run is over, whatever became of it. */
  onClose(close: () => void): void {
    this.#closings.push(close);
  }

  close(): void {
    for (const process of [...this.processes, ...this.clients]) process.incarnation?.end();
    for (const close of this.#closings.splice(0).reverse()) close();
  }

  #add<Api>(options: {
    name: string;
    replica: number;
    main: ProcessMain<Api>;
    restarts: boolean;
    isOutside?: boolean;
  }): SimulatedProcess<Api> {
    this.#take(options.name);
    return new SimulatedProcess({ ...options, simulation: this.simulation });
  }

  #take(name: string): void {
    if (!namePattern.test(name) || reservedNames.has(name) || this.#names.has(name)) {
      throw new InvalidOptionError(
        'name',
        name,
        'a name of letters, digits and "-" that nothing else in this world has, and not "tick"',
      );
    }
    this.#names.add(name);
  }

  #processOf({ process }: Incarnation): SimulatedProcess | undefined {
    return [...this.processes, ...this.clients].find(({ name }) => name === process);
  }
}

/** How long a process has to stop, in virtual milliseconds, before it is killed. */
export const STOP_DEADLINE_MS = 15_000;

function disturbableProcess(simulation: Simulation, process: SimulatedProcess): Disturbable {
  return {
    name: process.name,
    kinds: ['kill', 'stop', 'pause', 'clock-jump'],
    disturb: (kind, ms) => {
      const { incarnation } = process;
      if (kind === 'clock-jump') simulation.jumpClock(process.name, ms);
      if (incarnation === null || !incarnation.isAlive) return;
      if (kind === 'kill') process.kill();
      if (kind === 'stop') process.restart(STOP_DEADLINE_MS);
      if (kind === 'pause') simulation.pause(incarnation, ms);
    },
  };
}
