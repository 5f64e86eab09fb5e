import type { QueueReader } from '@holdfast/core';
import type { Transport } from '@holdfast/transports/memory';

export interface ServiceQueuesOptions {
  readonly transport: Transport;
  /** Before the service's name, so that runs on one broker do not meet. */
  readonly prefix: string;
  /** Short, so that what could not be settled while the transport was down comes again soon. */
  readonly leaseMs: number;
  /** Messages of these queues and their dead-letter queues that are not settled, as far as the broker tells. */
  readonly countIn: (queues: readonly string[]) => Promise<number>;
}

/** The queues of the services, one each, by the services' names. */
export class ServiceQueues {
  readonly #options: ServiceQueuesOptions;
  readonly #names: string[] = [];

  constructor(options: ServiceQueuesOptions) {
    this.#options = options;
  }

  /** Those that were declared, as the broker knows them. */
  get names(): readonly string[] {
    return this.#names;
  }

  async declare(service: string, types: readonly string[]): Promise<void> {
    const { transport, leaseMs } = this.#options;
    const queue = this.#nameOf(service);
    this.#names.push(queue);
    await transport.declare({ queue, types, leaseMs });
  }

  reader(service: string): QueueReader {
    return this.#options.transport.reader(this.#nameOf(service));
  }

  /** Messages that are not settled. */
  count(): Promise<number> {
    return this.#options.countIn(this.#names);
  }

  #nameOf(service: string): string {
    return `${this.#options.prefix}${service}`;
  }
}
