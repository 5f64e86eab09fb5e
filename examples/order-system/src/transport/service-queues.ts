import type { QueueDeclaration, QueueReader } from '@holdfast/core';

export interface ServiceQueuesOptions {
  /** Before the service's name, so that runs on one broker do not meet. @default none */
  readonly prefix?: string;
  readonly declare: (queue: Pick<QueueDeclaration, 'queue' | 'types'>) => Promise<void>;
  readonly reader: (queue: string) => QueueReader;
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
    const queue = this.#nameOf(service);
    this.#names.push(queue);
    await this.#options.declare({ queue, types });
  }

  reader(service: string): QueueReader {
    return this.#options.reader(this.#nameOf(service));
  }

  /** Messages that are not settled. */
  count(): Promise<number> {
    return this.#options.countIn(this.#names);
  }

  #nameOf(service: string): string {
    return `${this.#options.prefix ?? ''}${service}`;
  }
}
