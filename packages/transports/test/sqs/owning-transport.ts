import type { Envelope, PublishOptions, QueueDeclaration } from '@holdfast/core';
import type { Transport } from '@holdfast/transports/sqs';

export interface Destroyable {
  destroy(): void;
}

/** A transport together with the clients that its user built for it. */
export class OwningTransport implements Transport {
  readonly #inner: Transport;
  readonly #clients: readonly Destroyable[];

  constructor(inner: Transport, clients: readonly Destroyable[]) {
    this.#inner = inner;
    this.#clients = clients;
  }

  publish(batch: readonly Envelope[], options?: PublishOptions) {
    return this.#inner.publish(batch, options);
  }

  declare(declaration: QueueDeclaration) {
    return this.#inner.declare(declaration);
  }

  reader(queue: string) {
    return this.#inner.reader(queue);
  }

  async close() {
    await this.#inner.close();
    for (const client of this.#clients) client.destroy();
  }
}
