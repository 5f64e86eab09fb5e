import { EventEmitter } from 'node:events';
import type { AmqpChannel, AmqpMessage } from '@holdfast/transports/amqp';
import { received } from './received.ts';

/** A channel without a broker: writes down what it is told, and delivers when the test wants it. */
export class FakeChannel extends EventEmitter {
  readonly log: string[] = [];
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

  async close(): Promise<void> {
    this.log.push('close');
  }

  ack({ fields }: { fields: { deliveryTag: number } }, allUpTo: boolean): void {
    this.log.push(`ack ${allUpTo ? 'up to ' : ''}${fields.deliveryTag}`);
  }

  nack({ fields }: { fields: { deliveryTag: number } }): void {
    this.log.push(`nack ${fields.deliveryTag}`);
  }
}
