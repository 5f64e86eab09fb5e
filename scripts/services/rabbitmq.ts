import { GuardClient } from './guard-client.ts';
import type { ServerInfo, StopMode } from './guarded-server.ts';
import { installRabbitmq } from './rabbitmq-installation.ts';
import { rabbitmqctl } from './rabbitmqctl.ts';

export interface StartRabbitmqOptions {
  /**
   * Start a broker of our own even when HOLDFAST_TEST_AMQP_URL names one: for tests that stop, restart or configure it.
   * @default false
   */
  readonly own?: boolean;
  /** Lines of rabbitmq.conf, for example `{ 'vm_memory_high_watermark.absolute': '1MB' }`; a broker of our own. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A real RabbitMQ broker. What we started ends with `stop()`, and also when this process ends in whatever way. */
export interface RabbitmqService {
  /** With user and password, for the virtual host "/". */
  readonly url: string;
  readonly port: number;
  /** The broker's own process; another one after `restart`. 0 for a broker that is not ours. */
  readonly pid: number;
  /** Empty for a broker that is not ours. */
  readonly dataDir: string;
  /** @throws Error for a broker that is not ours */
  down(mode: StopMode): Promise<void>;
  /** Comes up again with the same URL and data; its quorum queues have leaders when this resolves. */
  up(): Promise<void>;
  restart(mode: StopMode): Promise<void>;
  /**
   * Runs `rabbitmqctl` against the broker; a call takes a second or two. Resolves to what it printed.
   * @throws Error with what it printed when it fails, and for a broker that is not ours
   */
  rabbitmqctl(...args: readonly string[]): Promise<string>;
  /**
   * Call it between the declaration of quorum queues and kill -9: RabbitMQ 3.10 forgets those that are younger than half a second, with
   * the messages that it confirmed.
   */
  syncQueues(): Promise<void>;
  /** From when this resolves until `clearMemoryAlarm`, the broker blocks the connections that publish. */
  raiseMemoryAlarm(): Promise<void>;
  clearMemoryAlarm(): Promise<void>;
  stop(): Promise<void>;
}

/** The broker that HOLDFAST_TEST_AMQP_URL names, else a fresh one of our own, installed if need be; ready when this resolves. */
export async function startRabbitmq({ own = false, settings }: StartRabbitmqOptions = {}): Promise<RabbitmqService> {
  const url = process.env['HOLDFAST_TEST_AMQP_URL'];
  if (url !== undefined && url !== '' && !own && settings === undefined) return new ForeignRabbitmq(url);
  await installRabbitmq();
  const guard = new GuardClient('rabbitmq', settings === undefined ? {} : { settings });
  try {
    return new OwnRabbitmq(guard, await guard.start());
  } catch (error) {
    await guard.end();
    throw error;
  }
}

class OwnRabbitmq implements RabbitmqService {
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

  async rabbitmqctl(...args: readonly string[]): Promise<string> {
    return rabbitmqctl({ ...this.#info.environment }, args);
  }

  async syncQueues(): Promise<void> {
    await this.rabbitmqctl('eval', '[ok = dets:sync(Table) || Table <- dets:all()].');
  }

  async raiseMemoryAlarm(): Promise<void> {
    await this.rabbitmqctl('set_vm_memory_high_watermark', 'absolute', '1');
  }

  async clearMemoryAlarm(): Promise<void> {
    await this.rabbitmqctl('set_vm_memory_high_watermark', '0.4');
  }

  async stop(): Promise<void> {
    await this.#guard.end();
  }
}

class ForeignRabbitmq implements RabbitmqService {
  readonly url: string;
  readonly port: number;
  readonly pid = 0;
  readonly dataDir = '';

  constructor(url: string) {
    this.url = url;
    this.port = Number(new URL(url).port || 5672);
  }

  async down(): Promise<void> {
    throw new Error(
      'This RabbitMQ comes from the environment and is not ours to change: call startRabbitmq with "own: true".',
    );
  }

  async up(): Promise<void> {
    await this.down();
  }

  async restart(): Promise<void> {
    await this.down();
  }

  async rabbitmqctl(): Promise<string> {
    await this.down();
    return '';
  }

  async syncQueues(): Promise<void> {
    await this.down();
  }

  async raiseMemoryAlarm(): Promise<void> {
    await this.down();
  }

  async clearMemoryAlarm(): Promise<void> {
    await this.down();
  }

  async stop(): Promise<void> {}
}
