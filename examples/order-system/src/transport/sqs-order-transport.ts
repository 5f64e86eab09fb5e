import { randomBytes } from 'node:crypto';
import { SqsTransport } from '@holdfast/transports/sqs';
import { brokerUrl } from './broker-url.ts';
import { FaultyLinks } from './faulty-links.ts';
import { LEASE_MS } from './lease-ms.ts';
import type { OrderTransport } from './order-transport.ts';
import type { SqsRoute } from './relay-route.ts';
import type { RelayTransport } from './relay-transport.ts';
import { ServiceQueues } from './service-queues.ts';
import { SqsBroker, sqsClient } from './sqs-broker.ts';
import { TransportLostError } from './transport-lost-error.ts';
import { TransportNotReadyError } from './transport-not-ready-error.ts';

const PRODUCT = { product: 'SQS', variable: 'HOLDFAST_SQS_URL' };

/** FIFO queues of an emulator of SQS that others may use too: the run has queues of its own, and removes them. */
export class SqsOrderTransport implements OrderTransport {
  readonly relayRoute: SqsRoute;
  readonly parentPublisher = null;
  /** The service's counts are approximate. */
  readonly quietMs = 400;
  readonly faults: FaultyLinks;
  readonly queues: ServiceQueues;
  readonly #broker: SqsBroker;
  readonly #end: SqsEnd;
  #closing: Promise<number> | null = null;

  private constructor(url: string, broker: SqsBroker, faults: FaultyLinks) {
    const { namespace } = broker;
    this.#broker = broker;
    this.faults = faults;
    this.relayRoute = { transport: 'sqs', endpoint: faults.forRelay(url), namespace };
    const end = new SqsEnd({ endpoint: faults.forConsumers(url), namespace });
    this.#end = end;
    this.queues = new ServiceQueues({
      declare: (queue) => end.publisher.declare({ ...queue, leaseMs: LEASE_MS }),
      reader: (queue) => end.publisher.reader(queue),
      countIn: (queues) =>
        broker.messagesIn(queues.length).catch((cause: unknown) => {
          throw new TransportLostError(`${PRODUCT.product} at ${new URL(url).host}`, cause);
        }),
    });
  }

  /** @throws TransportNotReadyError */
  static async open(): Promise<SqsOrderTransport> {
    const { url, ...target } = brokerUrl({ ...PRODUCT, protocol: 'http:', defaultPort: 80 });
    const broker = new SqsBroker(url, `order-system-${randomBytes(6).toString('hex')}`);
    await broker.look().catch((cause: unknown) => {
      broker.close();
      const problem = `cannot be reached at ${target.host}:${target.port}`;
      throw new TransportNotReadyError({ ...PRODUCT, problem, cause });
    });
    return new SqsOrderTransport(url, broker, await FaultyLinks.to(target));
  }

  /** The relay's end of it, in the relay's process. */
  static forRelay(route: SqsRoute): RelayTransport {
    return new SqsEnd(route);
  }

  close(): Promise<number> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<number> {
    await this.#end.close();
    try {
      return await this.queues.count();
    } finally {
      // One that has gone meanwhile cannot be told.
      await Promise.allSettled([this.#broker.remove()]);
      this.#broker.close();
      await this.faults.close();
    }
  }
}

/** A transport with its client: one for the consumers, one for the relay. */
class SqsEnd implements RelayTransport {
  readonly publisher: SqsTransport;
  readonly #client;

  constructor({ endpoint, namespace }: Pick<SqsRoute, 'endpoint' | 'namespace'>) {
    this.#client = sqsClient(endpoint);
    this.publisher = new SqsTransport({ sqs: this.#client, namespace, fifo: true, longPollMs: 1_000 });
  }

  async close(): Promise<void> {
    await this.publisher.close();
    this.#client.destroy();
  }
}
