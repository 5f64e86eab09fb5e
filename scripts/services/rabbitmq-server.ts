import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endChild } from './end-child.ts';
import { freePort } from './free-port.ts';
import type { GuardedServer, ServerInfo, StopMode } from './guarded-server.ts';
import { awaitQuorumLeaders } from './quorum-leaders.ts';
import { type RabbitmqPlace, rabbitmqEnvironment, writeRabbitmqFiles } from './rabbitmq-environment.ts';
import { rabbitmqFolder } from './rabbitmq-installation.ts';
import { isRabbitmqReady } from './rabbitmq-ready.ts';
import { endAbandonedService, recordProcess } from './recorded-process.ts';
import { createServiceFolder, removeServiceFolder } from './service-folder.ts';

export interface RabbitmqServerOptions {
  /** Lines of rabbitmq.conf over ours. */
  readonly settings?: Readonly<Record<string, string>>;
}

const service = 'rabbitmq';
/** The broker has no stop between an orderly one and being killed. */
const signals = { fast: 'SIGTERM', immediate: 'SIGKILL', kill: 'SIGKILL' } as const;
const startupMs = 60_000;
const startAttempts = 5;
/** Another process took one of the ports. */
const passing = /eaddrinuse|already in use|address already/i;

const defaults: Readonly<Record<string, string>> = {
  'log.console': 'true',
  'log.console.level': 'warning',
  'log.file': 'false',
  // What is free on a test machine is not the broker's business.
  'disk_free_limit.absolute': '1MB',
  'raft.wal_max_size_bytes': '67108864',
};

export async function createRabbitmqServer(options: unknown): Promise<GuardedServer> {
  await endAbandonedService(service);
  return new RabbitmqServer(options as RabbitmqServerOptions);
}

interface Ports {
  readonly amqp: number;
  readonly distribution: number;
  readonly epmd: number;
}

/** One broker with a name server (epmd) of its own in a temporary folder, with a random user and password, on loopback only. */
class RabbitmqServer implements GuardedServer {
  readonly #settings: Readonly<Record<string, string>>;
  readonly #folder: string;
  readonly #binaries: string;
  readonly #nodeName = `holdfast-${randomBytes(6).toString('hex')}@localhost`;
  readonly #cookie = randomBytes(24).toString('hex');
  readonly #login = { user: `holdfast-${randomBytes(4).toString('hex')}`, password: randomBytes(18).toString('hex') };
  #ports: Ports | undefined;
  #epmd: ChildProcess | undefined;
  #broker: ChildProcess | undefined;

  constructor({ settings = {} }: RabbitmqServerOptions) {
    const binaries = rabbitmqFolder();
    if (binaries === undefined) throw new Error('RabbitMQ is not on this machine.');
    this.#binaries = binaries;
    this.#settings = { ...defaults, ...settings };
    this.#folder = createServiceFolder(service);
  }

  async start(): Promise<ServerInfo> {
    for (let attempt = 1; ; attempt += 1) {
      const ports = this.#ports ?? (await freePorts());
      this.#configure(ports);
      const problem = await this.#launch(ports);
      if (problem === undefined) return await this.#started(ports);
      if (attempt === startAttempts || !passing.test(problem)) throw new Error(`RabbitMQ does not start:\n${problem}`);
      if (this.#ports === undefined) await this.#endEpmd();
      await sleep(100 * attempt);
    }
  }

  async stop(mode: StopMode): Promise<void> {
    const broker = this.#broker;
    this.#broker = undefined;
    await endChild(broker, signals[mode]);
  }

  async wipe(): Promise<void> {
    await this.#endEpmd();
    removeServiceFolder(this.#folder);
  }

  async #started(ports: Ports): Promise<ServerInfo> {
    const environment = rabbitmqEnvironment(this.#place(ports));
    const isFirstStart = this.#ports === undefined;
    this.#ports = ports;
    if (!isFirstStart) await awaitQuorumLeaders(environment);
    const { user, password } = this.#login;
    return {
      url: `amqp://${user}:${password}@127.0.0.1:${ports.amqp}`,
      port: ports.amqp,
      pid: this.#broker?.pid ?? 0,
      dataDir: join(this.#folder, 'data'),
      environment,
    };
  }

  #place(ports: Ports): RabbitmqPlace {
    return {
      folder: this.#folder,
      nodeName: this.#nodeName,
      distributionPort: ports.distribution,
      epmdPort: ports.epmd,
    };
  }

  #configure(ports: Ports): void {
    if (this.#ports !== undefined) return;
    writeRabbitmqFiles(this.#folder, this.#cookie, {
      'listeners.tcp.1': `127.0.0.1:${ports.amqp}`,
      default_user: this.#login.user,
      default_pass: this.#login.password,
      ...this.#settings,
    });
  }

  /** Resolves to what the broker said when it ended instead of answering. */
  async #launch(ports: Ports): Promise<string | undefined> {
    this.#startEpmd(ports);
    const broker = this.#spawn(join(this.#binaries, 'rabbitmq-server'), ['-holdfast_folder', this.#folder], ports);
    this.#broker = broker;
    recordProcess(this.#folder, 'broker', broker.pid);
    let failure: string | undefined;
    broker.once('error', (error) => {
      failure = error.message;
    });
    const deadline = Date.now() + startupMs;
    while (failure === undefined && broker.exitCode === null && broker.signalCode === null) {
      if (await isRabbitmqReady(ports.amqp, this.#login)) return undefined;
      if (Date.now() > deadline) {
        await this.stop('kill');
        failure = `no answer on port ${ports.amqp} within ${startupMs} ms`;
      }
      await sleep(20);
    }
    return `${failure ?? ''}\n${this.#lastWords()}`;
  }

  /** Without one of our own, Erlang starts a daemon that outlives the broker and serves everybody on the machine. */
  #startEpmd(ports: Ports): void {
    const epmd = this.#epmd;
    if (epmd !== undefined && epmd.exitCode === null && epmd.signalCode === null) return;
    const args = ['-port', String(ports.epmd), '-address', '127.0.0.1'];
    this.#epmd = this.#spawn('epmd', args, ports);
    this.#epmd.once('error', () => {
      // The broker says so too, in its log, when there is no epmd.
    });
    recordProcess(this.#folder, 'epmd', this.#epmd.pid);
  }

  async #endEpmd(): Promise<void> {
    const epmd = this.#epmd;
    this.#epmd = undefined;
    await endChild(epmd, 'SIGKILL');
  }

  #spawn(command: string, args: readonly string[], ports: Ports): ChildProcess {
    const name = basename(command);
    const log = openSync(join(this.#folder, `${name}.log`), 'w');
    const child = spawn(command, args, {
      // Whoever finds the process later sees by its first word to which folder it belongs.
      argv0: join(this.#folder, name),
      cwd: this.#folder,
      env: rabbitmqEnvironment(this.#place(ports)),
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    return child;
  }

  #lastWords(): string {
    const words = ['rabbitmq-server.log', 'epmd.log'].map((name) => readFileSync(join(this.#folder, name), 'utf8'));
    return words.join('').slice(-4_000);
  }
}

async function freePorts(): Promise<Ports> {
  const [amqp, distribution, epmd] = await Promise.all([freePort(), freePort(), freePort()]);
  return { amqp, distribution, epmd };
}
