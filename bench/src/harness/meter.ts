import { familyCpuMicros } from './family-cpu.ts';

/** What a piece of work took. */
export interface Reading {
  readonly seconds: number;
  /** CPU of this process. */
  readonly nodeMicros: number;
  /** CPU of the database server's processes; `null` when there is no server, or it cannot be told. */
  readonly serverMicros: number | null;
}

/** Measures time and CPU between two moments. */
export class Meter {
  readonly #serverPid: number | null;
  #startedAt = 0;
  #node = process.cpuUsage();
  #server: number | null = null;

  /** @param serverPid the parent of the server's processes */
  constructor(serverPid: number | null) {
    this.#serverPid = serverPid;
  }

  start(): void {
    this.#server = this.#serverCpu();
    this.#node = process.cpuUsage();
    this.#startedAt = performance.now();
  }

  stop(): Reading {
    const seconds = (performance.now() - this.#startedAt) / 1e3;
    const { user, system } = process.cpuUsage(this.#node);
    const server = this.#serverCpu();
    const serverMicros = server === null || this.#server === null ? null : server - this.#server;
    return { seconds, nodeMicros: user + system, serverMicros };
  }

  #serverCpu(): number | null {
    return this.#serverPid === null ? null : familyCpuMicros(this.#serverPid);
  }
}

/** Several readings as one. */
export function sumOf(readings: readonly Reading[]): Reading {
  return readings.reduce(
    (sum, reading) => ({
      seconds: sum.seconds + reading.seconds,
      nodeMicros: sum.nodeMicros + reading.nodeMicros,
      serverMicros:
        sum.serverMicros === null || reading.serverMicros === null ? null : sum.serverMicros + reading.serverMicros,
    }),
    { seconds: 0, nodeMicros: 0, serverMicros: 0 },
  );
}
