import { EventEmitter } from 'node:events';
import type { AmqpChannel, AmqpConnection } from '@holdfast/transports/amqp';

/** A connection without a network, for what a real broker does only with patience: every request is answered at once, or never. */
export class FakeConnection extends EventEmitter {
  answers = true;
  destroyed = 0;
  readonly connection = {
    serverProperties: { version: '3.10.8' },
    stream: {
      destroy: () => {
        this.destroyed += 1;
        this.emit('close');
      },
    },
  };

  async createChannel(): Promise<AmqpChannel> {
    const channel = Object.assign(new EventEmitter(), { prefetch: () => this.#answer(), close: () => this.#answer() });
    return channel as unknown as AmqpChannel;
  }

  async createConfirmChannel(): Promise<AmqpChannel> {
    return this.createChannel();
  }

  close(): Promise<void> {
    return this.#answer();
  }

  asConnection(): AmqpConnection {
    return this as unknown as AmqpConnection;
  }

  #answer(): Promise<void> {
    return this.answers ? Promise.resolve() : new Promise(() => {});
  }
}
