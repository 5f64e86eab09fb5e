import { type Channel, type ChannelModel, connect } from 'amqplib';

/** Opens a connection for one end of the transport. Its heartbeat notices a silent broker before the run's patience ends. */
export function connectTo(url: string): Promise<ChannelModel> {
  const parsed = new URL(url);
  parsed.searchParams.set('heartbeat', '5');
  return connect(parsed.href, { noDelay: true, timeout: 5_000 });
}

/** Looks after the queues of a run on RabbitMQ, on a connection of its own that no fault hits. */
export class AmqpBroker {
  readonly #connection: ChannelModel;
  readonly #channel: Channel;

  private constructor(connection: ChannelModel, channel: Channel) {
    this.#connection = connection;
    this.#channel = channel;
    // Whoever uses it is told by a rejection.
    connection.on('error', () => {});
    channel.on('error', () => {});
  }

  static async open(url: string): Promise<AmqpBroker> {
    const connection = await connectTo(url);
    return new AmqpBroker(connection, await connection.createChannel());
  }

  /** Messages in these queues that nobody holds, and their dead letters. */
  async waitingIn(queues: readonly string[]): Promise<number> {
    const counts = await Promise.all(withDeadLetters(queues).map((name) => this.#channel.checkQueue(name)));
    return counts.reduce((sum, { messageCount }) => sum + messageCount, 0);
  }

  /** What is not there is passed over. */
  async remove(queues: readonly string[], exchange: string): Promise<void> {
    // The other one is closed when it was asked for a queue that is not there.
    const channel = await this.#connection.createChannel();
    for (const name of withDeadLetters(queues)) await channel.deleteQueue(name);
    for (const name of [exchange, `${exchange}.dead-letter`]) await channel.deleteExchange(name);
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }
}

function withDeadLetters(queues: readonly string[]): readonly string[] {
  return queues.flatMap((queue) => [queue, `${queue}.dead-letter`]);
}
