import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { onLines, sendLine } from './line-socket.ts';
import type { RelayProcessOptions } from './relay-process.ts';

const program = fileURLToPath(new URL('./relay-process.ts', import.meta.url));

export interface Arrival {
  readonly id: string;
  readonly key: string | null;
  /** The name of the process that published it. */
  readonly from: string;
}

export interface RelayProcess {
  readonly name: string;
  readonly child: ChildProcess;
  /** What it told, but for messages. */
  readonly told: Record<string, unknown>[];
  readonly exited: Promise<unknown>;
}

/** What a process has sent and the destination has not taken yet. */
interface Connection {
  readonly socket: Socket;
  name: string;
  readonly calls: { readonly call: number; readonly messages: readonly Omit<Arrival, 'from'>[] }[];
  isTaking: boolean;
  /** Nothing that still comes is taken. */
  isCut: boolean;
}

interface Told extends Record<string, unknown> {
  readonly name?: string;
  readonly call?: number;
  readonly messages?: readonly { readonly id: string; readonly key: string | null }[];
}

/** Starts relays as processes, and is the destination that they publish to. Kills what is left when the test has finished. */
export class RelayProcesses {
  readonly arrivals: Arrival[] = [];
  /** Whether calls are answered: the messages have arrived in any case. */
  acknowledges = true;
  /** How long the destination takes for a call. What it has not taken when the process dies is lost. */
  takesMs: () => number = () => 0;
  readonly #url: string;
  readonly #server: Server;
  readonly #processes = new Map<string, RelayProcess>();
  readonly #waiting = new Set<() => void>();
  readonly #connections = new Set<Connection>();
  readonly #heldBack: (() => void)[] = [];
  #count = 0;

  private constructor(url: string) {
    this.#url = url;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  static async listen(url: string): Promise<RelayProcesses> {
    const processes = new RelayProcesses(url);
    processes.#server.listen(0, '127.0.0.1');
    await once(processes.#server, 'listening');
    onTestFinished(async () => {
      for (const { child } of processes.#processes.values()) child.kill('SIGKILL');
      await Promise.all([...processes.#processes.values()].map(({ exited }) => exited));
      processes.#server.close();
    });
    return processes;
  }

  spawn(options: Partial<Pick<RelayProcessOptions, 'leaseMs' | 'hangSettle' | 'broker'>> = {}): RelayProcess {
    this.#count += 1;
    const name = `relay ${this.#count}`;
    const { port } = this.#server.address() as AddressInfo;
    const fixed = { url: this.#url, port, name };
    const given: RelayProcessOptions = { ...fixed, leaseMs: 500, hangSettle: false, broker: null, ...options };
    const child = spawn(process.execPath, [program, JSON.stringify(given)], { stdio: ['ignore', 'ignore', 'inherit'] });
    const one: RelayProcess = { name, child, told: [], exited: once(child, 'exit') };
    this.#processes.set(name, one);
    return one;
  }

  /** The one that published last. */
  get publishing(): RelayProcess | undefined {
    const last = this.arrivals.at(-1);
    return last === undefined ? undefined : this.#processes.get(last.from);
  }

  /** Ids in the order of their first arrivals. */
  firstIds(key: string): readonly string[] {
    return [...new Set(this.arrivals.filter((one) => one.key === key).map((one) => one.id))];
  }

  /** Resolves as soon as `condition` holds; asked whenever a process has told something. Rejects after `limitMs`. */
  async until(condition: () => boolean, limitMs = 20_000): Promise<void> {
    if (condition()) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = () => {
      if (condition()) resolve();
    };
    const timer = setTimeout(() => reject(new Error(`not within ${limitMs} ms: ${condition}`)), limitMs);
    this.#waiting.add(look);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(look);
    }
  }

  /** Kills a process; what it had sent and the destination has not taken is lost. */
  kill({ name, child }: RelayProcess): void {
    child.kill('SIGKILL');
    for (const connection of this.#connections) {
      if (connection.name !== name) continue;
      connection.isCut = true;
      connection.calls.length = 0;
    }
  }

  /** Gives all receipts that were held back. */
  acknowledge(): void {
    this.acknowledges = true;
    for (const give of this.#heldBack.splice(0)) give();
  }

  #accept(socket: Socket): void {
    const connection: Connection = { socket, name: '', calls: [], isTaking: false, isCut: false };
    this.#connections.add(connection);
    socket.on('error', () => {});
    onLines(socket, (line) => {
      if (connection.isCut) return;
      const told = line as Told;
      if (told.name !== undefined) connection.name = told.name;
      if (told.messages === undefined) this.#processes.get(connection.name)?.told.push(told);
      else connection.calls.push({ call: told.call ?? 0, messages: told.messages });
      void this.#take(connection);
      this.#look();
    });
  }

  /** One call after the other, in the order in which they came. */
  async #take(connection: Connection): Promise<void> {
    if (connection.isTaking) return;
    connection.isTaking = true;
    while (connection.calls.length > 0) {
      const ms = this.takesMs();
      if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
      const next = connection.calls.shift();
      if (next === undefined) break;
      this.arrivals.push(...next.messages.map((message) => ({ ...message, from: connection.name })));
      const give = () => sendLine(connection.socket, { acked: next.call });
      if (this.acknowledges) give();
      else this.#heldBack.push(give);
      this.#look();
    }
    connection.isTaking = false;
  }

  #look(): void {
    for (const look of this.#waiting) look();
  }
}
