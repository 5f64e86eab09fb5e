import { type ChannelModel, connect } from 'amqplib';
import { type RabbitmqService, startRabbitmq } from '../../../scripts/services/rabbitmq.ts';

/** The broker's own default, where tests want less: so that a log is not rolled over during somebody's turn. */
const settings = { 'raft.wal_max_size_bytes': '536870912' };

/** A RabbitMQ broker whose CPU can be read. */
export class BenchRabbitmq {
  readonly version: string;
  readonly #service: RabbitmqService;

  private constructor(service: RabbitmqService, version: string) {
    this.#service = service;
    this.version = version;
  }

  static async start(): Promise<BenchRabbitmq> {
    const service = await startRabbitmq({ own: true, settings });
    const connection = await connect(service.url);
    const { version } = connection.connection.serverProperties;
    await connection.close();
    return new BenchRabbitmq(service, version);
  }

  /** The broker's process. */
  get pid(): number {
    return this.#service.pid;
  }

  /** A connection with the best settings for throughput; its owner closes it. */
  connect(): Promise<ChannelModel> {
    return connect(this.#service.url, { noDelay: true });
  }

  stop(): Promise<void> {
    return this.#service.stop();
  }
}
