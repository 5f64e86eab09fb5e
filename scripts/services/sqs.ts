import { GuardClient } from './guard-client.ts';
import type { ServerInfo, StopMode } from './guarded-server.ts';

export interface StartSqsOptions {
  /**
   * Start an emulator of our own even when HOLDFAST_TEST_SQS_URL names one: for tests that stop or restart it.
   * @default false
   */
  readonly own?: boolean;
}

/** An emulator of SQS and SNS at one URL. What we started ends with `stop()`, and also when this process ends in whatever way. */
export interface SqsService {
  /** The endpoint for clients of both; any credentials do. */
  readonly url: string;
  readonly port: number;
  /** The emulator's process; another one after `restart`. 0 for one that is not ours. */
  readonly pid: number;
  /** Empty for one that is not ours. */
  readonly dataDir: string;
  /** @throws Error for one that is not ours */
  down(mode: StopMode): Promise<void>;
  /** Comes up again with the same URL, queues, topics and messages; ids for deduplication are forgotten. */
  up(): Promise<void>;
  restart(mode: StopMode): Promise<void>;
  stop(): Promise<void>;
}

/** The endpoint that HOLDFAST_TEST_SQS_URL names, else a fresh emulator of our own; ready when this resolves. */
export async function startSqs({ own = false }: StartSqsOptions = {}): Promise<SqsService> {
  const url = process.env['HOLDFAST_TEST_SQS_URL'];
  if (url !== undefined && url !== '' && !own) return new ForeignSqs(url);
  const guard = new GuardClient('sqs', {});
  try {
    return new OwnSqs(guard, await guard.start());
  } catch (error) {
    await guard.end();
    throw error;
  }
}

class OwnSqs implements SqsService {
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

class ForeignSqs implements SqsService {
  readonly url: string;
  readonly port: number;
  readonly pid = 0;
  readonly dataDir = '';

  constructor(url: string) {
    this.url = url;
    this.port = Number(new URL(url).port || 80);
  }

  async down(): Promise<void> {
    throw new Error('This SQS comes from the environment and is not ours to stop: call startSqs with "own: true".');
  }

  async up(): Promise<void> {
    await this.down();
  }

  async restart(): Promise<void> {
    await this.down();
  }

  async stop(): Promise<void> {}
}
