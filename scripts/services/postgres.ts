import { GuardClient } from './guard-client.ts';
import type { ServerInfo, StopMode } from './guarded-server.ts';
import type { PostgresMajor } from './postgres-binaries.ts';

export interface StartPostgresOptions {
  readonly major: PostgresMajor;
  /**
   * Start a server of our own even when HOLDFAST_TEST_PG<major>_URL names one: for tests that stop, restart or configure it.
   * @default false
   */
  readonly own?: boolean;
  /** Server settings, for example `{ fsync: 'off' }`; only with `own`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A real PostgreSQL server. What we started ends with `stop()`, and also when this process ends in whatever way. */
export interface PostgresService {
  readonly url: string;
  readonly port: number;
  /** The postmaster; another one after `restart`. 0 for a server that is not ours. */
  readonly pid: number;
  /** Empty for a server that is not ours. */
  readonly dataDir: string;
  /** @throws Error for a server that is not ours */
  down(mode: StopMode): Promise<void>;
  /** Comes up again with the same URL and data. */
  up(): Promise<void>;
  restart(mode: StopMode): Promise<void>;
  stop(): Promise<void>;
}

/** The server that HOLDFAST_TEST_PG<major>_URL names, else a fresh one of our own; ready when this resolves. */
export async function startPostgres({ major, own = false, settings }: StartPostgresOptions): Promise<PostgresService> {
  const url = process.env[`HOLDFAST_TEST_PG${major}_URL`];
  if (url !== undefined && url !== '' && !own && settings === undefined) return new ForeignPostgres(url);
  const guard = new GuardClient('postgres', { major, ...(settings === undefined ? {} : { settings }) });
  try {
    return new OwnPostgres(guard, await guard.start());
  } catch (error) {
    await guard.end();
    throw error;
  }
}

class OwnPostgres implements PostgresService {
  readonly #guard: GuardClient;
  #info: ServerInfo;

  constructor(guard: GuardClient, info: ServerInfo) {
    this.#guard = guard;
    this.#info = info;
  }

  get url(): string {
    return this.#info.url;
  }

  get port(): number {
    return this.#info.port;
  }

  get pid(): number {
    return this.#info.pid;
  }

  get dataDir(): string {
    return this.#info.dataDir;
  }

  async down(mode: StopMode): Promise<void> {
    await this.#guard.stop(mode);
  }

  async up(): Promise<void> {
    this.#info = await this.#guard.start();
  }

  async restart(mode: StopMode): Promise<void> {
    await this.down(mode);
    await this.up();
  }

  async stop(): Promise<void> {
    await this.#guard.end();
  }
}

class ForeignPostgres implements PostgresService {
  readonly url: string;
  readonly port: number;
  readonly pid = 0;
  readonly dataDir = '';

  constructor(url: string) {
    this.url = url;
    this.port = Number(new URL(url).port || 5432);
  }

  async down(): Promise<void> {
    throw new Error(
      'This PostgreSQL comes from the environment and is not ours to stop: call startPostgres with "own: true".',
    );
  }

  async up(): Promise<void> {
    await this.down();
  }

  async restart(): Promise<void> {
    await this.down();
  }

  async stop(): Promise<void> {}
}
