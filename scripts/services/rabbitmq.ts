import { ForeignService } from './foreign-service.ts';
import { OwnService, startServer } from './own-service.ts';
import { installRabbitmq } from './rabbitmq-installation.ts';
import { rabbitmqctl } from './rabbitmqctl.ts';
import type { Service } from './service.ts';

export interface StartRabbitmqOptions {
  /**
   * Start a broker of our own even when HOLDFAST_TEST_AMQP_URL names one: for tests that stop, restart or configure it.
   * @default false
   */
  readonly own?: boolean;
  /** Lines of rabbitmq.conf, for example `{ 'vm_memory_high_watermark.absolute': '1MB' }`; a broker of our own. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A real RabbitMQ broker; its URL has user and password, for the virtual host "/". Up again, its quorum queues have leaders. */
export interface RabbitmqService extends Service {
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
}

/** The broker that HOLDFAST_TEST_AMQP_URL names, else a fresh one of our own, installed if need be; ready when this resolves. */
export async function startRabbitmq({ own = false, settings }: StartRabbitmqOptions = {}): Promise<RabbitmqService> {
  const url = process.env['HOLDFAST_TEST_AMQP_URL'];
  if (url !== undefined && url !== '' && !own && settings === undefined) return new ForeignRabbitmq(url);
  await installRabbitmq();
  return new OwnRabbitmq(await startServer('rabbitmq', settings === undefined ? {} : { settings }));
}

class OwnRabbitmq extends OwnService implements RabbitmqService {
  async rabbitmqctl(...args: readonly string[]): Promise<string> {
    return rabbitmqctl({ ...this.environment }, args);
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
}

class ForeignRabbitmq extends ForeignService implements RabbitmqService {
  constructor(url: string) {
    super({ url, defaultPort: 5672, name: 'RabbitMQ', start: 'startRabbitmq' });
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
}
