import { AmqpTransport } from '@holdfast/transports/amqp';
import type { Channel, ChannelModel } from 'amqplib';
import type { Round } from '../harness/alternate.ts';
import type { BenchContext } from '../harness/bench-row.ts';
import { Meter } from '../harness/meter.ts';
import { orderEnvelopes } from '../outbox/order-message.ts';

export type AmqpQueueType = 'quorum' | 'classic';

/** A queue on a real broker, declared by our transport, and a connection for hand-written code. */
export class AmqpQueue {
  readonly name: string;
  readonly connection: ChannelModel;
  readonly #channel: Channel;
  readonly #context: BenchContext;
  readonly #queueType: AmqpQueueType;
  readonly #serverPid: number;

  private constructor(context: BenchContext, opened: Opened) {
    this.#context = context;
    this.name = opened.name;
    this.connection = opened.connection;
    this.#channel = opened.channel;
    this.#queueType = opened.queueType;
    this.#serverPid = opened.serverPid;
  }

  static async create(context: BenchContext, queueType: AmqpQueueType = 'quorum'): Promise<AmqpQueue> {
    const server = await context.rabbitmq();
    const connection = await server.connect();
    const channel = await connection.createChannel();
    const name = `bench-${queueType}`;
    const queue = new AmqpQueue(context, { name, connection, channel, queueType, serverPid: server.pid });
    const transport = await queue.transport();
    await transport.declare({ queue: name, types: ['order.placed'] });
    await transport.close();
    await queue.empty();
    return queue;
  }

  /** @param serverPid whose CPU is measured. @default the broker's */
  meter(serverPid: number | null = this.#serverPid): Meter {
    return new Meter(serverPid);
  }

  /** Ours, with its default settings; its owner closes it. */
  async transport(): Promise<AmqpTransport> {
    const server = await this.#context.rabbitmq();
    return new AmqpTransport({ connect: () => server.connect(), queueType: this.#queueType });
  }

  /** One that has connected to publish, so that this is not measured. */
  async connectedTransport(): Promise<AmqpTransport> {
    const transport = await this.transport();
    await transport.publish(orderEnvelopes(1, () => undefined));
    await this.empty();
    return transport;
  }

  async empty(): Promise<void> {
    await this.#channel.purgeQueue(this.name);
  }

  /** Empties the queue after a round that published. @throws Error when it does not hold as many messages as it should */
  async emptied(round: Round): Promise<Round> {
    const { messageCount } = await this.#channel.checkQueue(this.name);
    if (messageCount !== round.count) {
      throw new Error(`The queue holds ${messageCount} messages where ${round.count} should be.`);
    }
    await this.empty();
    return round;
  }

  /** So that the next row's messages do not come here too. */
  async drop(): Promise<void> {
    await this.#channel.deleteQueue(this.name);
    await this.#channel.deleteQueue(`${this.name}.dead-letter`);
    await this.connection.close();
  }
}

interface Opened {
  readonly name: string;
  readonly connection: ChannelModel;
  readonly channel: Channel;
  readonly queueType: AmqpQueueType;
  readonly serverPid: number;
}
