import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endChild } from './end-child.ts';
import { freePort } from './free-port.ts';
import type { GuardedServer, ServerInfo, StopMode } from './guarded-server.ts';
import { endAbandonedService, recordProcess } from './recorded-process.ts';
import { createServiceFolder, removeServiceFolder } from './service-folder.ts';
import { isSqsReady } from './sqs-ready.ts';

const service = 'sqs';
/** The emulator keeps every change before it answers, so that being ended and being killed are the same to it. */
const signals = { fast: 'SIGTERM', immediate: 'SIGKILL', kill: 'SIGKILL' } as const;
const startupMs = 60_000;
const startAttempts = 10;
/** Another process took the port. */
const passing = /EADDRINUSE/;

export async function createSqsServer(): Promise<GuardedServer> {
  await endAbandonedService(service);
  return new SqsServer();
}

/** One emulator of SQS and SNS, with its data in a temporary folder, on loopback only. It accepts any credentials. */
class SqsServer implements GuardedServer {
  readonly #folder = createServiceFolder(service);
  readonly #dataDir = join(this.#folder, 'data');
  readonly #log = join(this.#folder, 'server.log');
  #process: ChildProcess | undefined;
  #port: number | undefined;

  async start(): Promise<ServerInfo> {
    mkdirSync(this.#dataDir, { recursive: true });
    for (let attempt = 1; ; attempt += 1) {
      const port = this.#port ?? (await freePort());
      const problem = await this.#launch(port);
      if (problem === undefined) return this.#started(port);
      if (attempt === startAttempts || !passing.test(problem))
        throw new Error(`The emulator of SQS and SNS does not start:\n${problem}`);
      await sleep(100 * attempt);
    }
  }

  async stop(mode: StopMode): Promise<void> {
    const server = this.#process;
    this.#process = undefined;
    await endChild(server, signals[mode]);
  }

  async wipe(): Promise<void> {
    removeServiceFolder(this.#folder);
  }

  #started(port: number): ServerInfo {
    this.#port = port;
    return { url: `http://127.0.0.1:${port}`, port, pid: this.#process?.pid ?? 0, dataDir: this.#dataDir };
  }

  /** Resolves to what the emulator said when it ended instead of answering. */
  async #launch(port: number): Promise<string | undefined> {
    const log = openSync(this.#log, 'w');
    const program = join(import.meta.dirname, 'sqs-program.ts');
    const server = spawn(process.execPath, [program, this.#dataDir, String(port)], {
      cwd: this.#folder,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.#process = server;
    recordProcess(this.#folder, 'server', server.pid);
    let failure: string | undefined;
    server.once('error', (error) => {
      failure = error.message;
    });
    const deadline = Date.now() + startupMs;
    while (failure === undefined && server.exitCode === null && server.signalCode === null) {
      if (await isSqsReady(port)) return undefined;
      if (Date.now() > deadline) {
        await this.stop('kill');
        failure = `no answer on port ${port} within ${startupMs} ms`;
      }
      await sleep(20);
    }
    return `${failure ?? ''}\n${readFileSync(this.#log, 'utf8').slice(-4_000)}`;
  }
}
