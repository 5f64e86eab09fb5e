import { EventEmitter } from 'node:events';
import type { AmqpChannel, AmqpMessage } from '@holdfast/transports/amqp';
import { received } from './received.ts';

/** A channel without a broker: writes down what it is told, and delivers when the test wants it. */
export class FakeChannel extends EventEmitter {
  readonly log: string[] = [];
  /** What the queue has, by whether it was given out before: for `get` and `checkQueue`. */
  readonly ready: boolean[] = [];
  #onMessage: (message: AmqpMessage | null) => void = () => {};
  #tags = 0;

  asChannel(): AmqpChannel {
    return this as unknown as AmqpChannel;
  }

  deliver(count: number): void {
    for (let index = 0; index < count; index += 1) {
      this.#tags += 1;
      this.#onMessage(received({ fields: { deliveryTag: this.#tags, redelivered: false } }));
    }
  }

  async prefetch(count: number): Promise<void> {
    this.log.push(`prefetch ${count}`);
  }

  async consume(_queue: string, onMessage: (message: AmqpMessage | null) => void) {
    this.log.push('consume');
    this.#onMessage = onMessage;
    return { consumerTag: 'c' };
  }

  async cancel(): Promise<void> {
    this.log.push('cancel');
  }

  async get(): Promise<AmqpMessage | false> {
    const redelivered = this.ready.shift();
    this.log.push('get');
    if (redelivered === undefined) return false;
    this.#tags += 1;
    return received({ fields: { deliveryTag: this.#tags, redelivered } });
  }

  async checkQueue() {
    return { messageCount: this.ready.length };
  }

  async close(): Promise<void> {
    this.log.push('close');
  }

  ack({ fields }: { fields: { deliveryTag: number } }, allUpTo: boolean): void {
    this.log.push(`ack ${allUpTo ? 'up to ' : ''}${fields.deliveryTag}`);
  }

  nack({ fields }: { fields: { deliveryTag: number } }): void {
    this.log.push(`nack ${fields.deliveryTag}`);
    this.ready.push(true);
  }
}
