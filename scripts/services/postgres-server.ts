import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, chownSync, closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endAbandonedPostgres } from './abandoned-postgres.ts';
import { freePort } from './free-port.ts';
import type { GuardedServer, ServerInfo, StopMode } from './guarded-server.ts';
import { type PostgresMajor, postgresBinaries, reachableBinaries } from './postgres-binaries.ts';
import { isPostgresReady } from './postgres-ready.ts';
import { createServiceFolder, removeServiceFolder } from './service-folder.ts';
import { type UnixUser, unprivilegedUser } from './unprivileged-user.ts';

export interface PostgresServerOptions {
  readonly major: PostgresMajor;
  /** Server settings over ours. */
  readonly settings?: Readonly<Record<string, string>>;
}

const signals = { fast: 'SIGINT', immediate: 'SIGQUIT', kill: 'SIGKILL' } as const;
const startupMs = 60_000;
const startAttempts = 10;
/** Another process took the port, or the backends of a killed server have not gone yet. */
const passing =
  /Address already in use|could not create any TCP\/IP sockets|is still in use|lock file .* already exists/;

const defaults: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  fsync: 'on',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

export async function createPostgresServer(options: unknown): Promise<GuardedServer> {
  await endAbandonedPostgres();
  return new PostgresServer(options as PostgresServerOptions);
}

/** One cluster in a temporary folder, with a random password, on loopback only. */
class PostgresServer implements GuardedServer {
  readonly #settings: Readonly<Record<string, string>>;
  readonly #folder: string;
  readonly #dataDir: string;
  readonly #log: string;
  readonly #binaries: string;
  readonly #user: UnixUser | undefined = unprivilegedUser();
  readonly #password = randomBytes(18).toString('base64url');
  #process: ChildProcess | undefined;
  #port: number | undefined;

  constructor({ major, settings = {} }: PostgresServerOptions) {
    const binaries = postgresBinaries(major);
    this.#settings = { ...defaults, ...settings };
    this.#folder = createServiceFolder('postgres');
    this.#dataDir = join(this.#folder, 'data');
    this.#log = join(this.#folder, 'server.log');
    chmodSync(this.#folder, 0o755);
    this.#binaries = reachableBinaries(binaries, this.#folder, this.#user);
  }

  async start(): Promise<ServerInfo> {
    if (this.#port === undefined) this.#createCluster();
    for (let attempt = 1; ; attempt += 1) {
      const port = this.#port ?? (await freePort());
      const problem = await this.#launch(port);
      if (problem === undefined) return this.#started(port);
      if (attempt === startAttempts || !passing.test(problem))
        throw new Error(`PostgreSQL does not start:\n${problem}`);
      await sleep(100 * attempt);
    }
  }

  async stop(mode: StopMode): Promise<void> {
    const server = this.#process;
    this.#process = undefined;
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill(signals[mode]);
    await exited;
  }

  async wipe(): Promise<void> {
    removeServiceFolder(this.#folder);
  }

  #started(port: number): ServerInfo {
    this.#port = port;
    const url = `postgres://postgres:${this.#password}@127.0.0.1:${port}/postgres`;
    return { url, port, pid: this.#process?.pid ?? 0, dataDir: this.#dataDir };
  }

  #createCluster(): void {
    const passwordFile = join(this.#folder, 'password');
    mkdirSync(this.#dataDir, { recursive: true, mode: 0o700 });
    writeFileSync(passwordFile, this.#password, { mode: 0o600 });
    if (this.#user !== undefined) {
      for (const path of [this.#dataDir, passwordFile]) chownSync(path, this.#user.uid, this.#user.gid);
    }
    const args = [
      '--username=postgres',
      '--auth=scram-sha-256',
      `--pwfile=${passwordFile}`,
      `--pgdata=${this.#dataDir}`,
    ];
    const run = spawnSync(
      join(this.#binaries, 'bin', 'initdb'),
      [...args, '--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions'],
      { ...this.#user, cwd: this.#folder, env: this.#environment(), encoding: 'utf8' },
    );
    rmSync(passwordFile, { force: true });
    if (run.status !== 0) {
      throw new Error(initdbProblem(`${run.error?.message ?? ''}${run.stdout}${run.stderr}`));
    }
  }

  /** Resolves to what the server said when it ended instead of answering. */
  async #launch(port: number): Promise<string | undefined> {
    const settings = Object.entries(this.#settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const log = openSync(this.#log, 'w');
    const server = spawn(
      join(this.#binaries, 'bin', 'postgres'),
      ['-D', this.#dataDir, '-p', String(port), ...settings],
      {
        ...this.#user,
        cwd: this.#folder,
        env: this.#environment(),
        stdio: ['ignore', log, log],
      },
    );
    closeSync(log);
    this.#process = server;
    let failure: string | undefined;
    server.once('error', (error) => {
      failure = error.message;
    });
    const deadline = Date.now() + startupMs;
    while (failure === undefined && server.exitCode === null && server.signalCode === null) {
      if (await isPostgresReady(port)) return undefined;
      if (Date.now() > deadline) {
        await this.stop('kill');
        failure = `no answer on port ${port} within ${startupMs} ms`;
      }
      await sleep(20);
    }
    return `${failure ?? ''}\n${readFileSync(this.#log, 'utf8').slice(-4_000)}`;
  }

  #environment(): NodeJS.ProcessEnv {
    return { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC' };
  }
}

function initdbProblem(output: string): string {
  const hint = output.includes('could not look up effective user ID')
    ? '\nPostgreSQL needs a user that /etc/passwd knows: add one, or set HOLDFAST_TEST_PG15_URL and HOLDFAST_TEST_PG18_URL.'
    : '';
  return `PostgreSQL's initdb failed:\n${output.trim()}${hint}`;
}
