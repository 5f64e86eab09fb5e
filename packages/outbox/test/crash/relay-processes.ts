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
  readonly #url: string;
  readonly #server: Server;
  readonly #processes = new Map<string, RelayProcess>();
  readonly #waiting = new Set<() => void>();
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

  spawn(options: Partial<Pick<RelayProcessOptions, 'leaseMs' | 'hangSettle'>> = {}): RelayProcess {
    this.#count += 1;
    const name = `relay ${this.#count}`;
    const { port } = this.#server.address() as AddressInfo;
    const given: RelayProcessOptions = { url: this.#url, port, name, leaseMs: 500, hangSettle: false, ...options };
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

  #accept(socket: Socket): void {
    let name = '';
    socket.on('error', () => {});
    onLines(socket, (line) => {
      const told = line as Told;
      if (told.name !== undefined) name = told.name;
      if (told.messages === undefined) this.#processes.get(name)?.told.push(told);
      else {
        this.arrivals.push(...told.messages.map((message) => ({ ...message, from: name })));
        if (this.acknowledges) sendLine(socket, { acked: told.call });
      }
      for (const look of this.#waiting) look();
    });
  }
}
