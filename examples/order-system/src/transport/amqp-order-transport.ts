import { randomUUID } from 'node:crypto';
import { AmqpTransport } from '@holdfast/transports/amqp';
import { AmqpBroker, connectTo } from './amqp-broker.ts';
import { brokerUrl } from './broker-url.ts';
import { FaultyLinks } from './faulty-links.ts';
import { LEASE_MS } from './lease-ms.ts';
import type { OrderTransport } from './order-transport.ts';
import type { AmqpRoute } from './relay-route.ts';
import type { RelayTransport } from './relay-transport.ts';
import { ServiceQueues } from './service-queues.ts';
import { TransportLostError } from './transport-lost-error.ts';
import { TransportNotReadyError } from './transport-not-ready-error.ts';

const PRODUCT = { product: 'RabbitMQ', variable: 'HOLDFAST_AMQP_URL' };

/** A RabbitMQ that others may use too: the run has an exchange and queues of its own, and removes them. */
export class AmqpOrderTransport implements OrderTransport {
  readonly relayRoute: AmqpRoute;
  readonly parentPublisher = null;
  /** A message that the transport has pulled ahead is in no count, for at most 200 ms. */
  readonly quietMs = 400;
  readonly faults: FaultyLinks;
  readonly queues: ServiceQueues;
  readonly #broker: AmqpBroker;
  readonly #transport: AmqpTransport;
  readonly #exchange = `order-system-${randomUUID()}`;
  #closing: Promise<number> | null = null;

  private constructor(url: string, broker: AmqpBroker, faults: FaultyLinks) {
    this.#broker = broker;
    this.faults = faults;
    this.relayRoute = { transport: 'amqp', url: faults.forRelay(url), exchange: this.#exchange };
    const transport = transportOf({ url: faults.forConsumers(url), exchange: this.#exchange });
    this.#transport = transport;
    this.queues = new ServiceQueues({
      prefix: `${this.#exchange}.`,
      declare: (queue) => transport.declare({ ...queue, leaseMs: LEASE_MS }),
      reader: (queue) => transport.reader(queue),
      countIn: (queues) =>
        broker.waitingIn(queues).catch((cause: unknown) => {
          throw new TransportLostError(`${PRODUCT.product} at ${new URL(url).host}`, cause);
        }),
    });
  }

  /** @throws TransportNotReadyError */
  static async open(): Promise<AmqpOrderTransport> {
    const { url, ...target } = brokerUrl({ ...PRODUCT, protocol: 'amqp:', defaultPort: 5_672 });
    const broker = await AmqpBroker.open(url).catch((cause: unknown) => {
      const problem = `cannot be reached at ${target.host}:${target.port}`;
      throw new TransportNotReadyError({ ...PRODUCT, problem, cause });
    });
    return new AmqpOrderTransport(url, broker, await FaultyLinks.to(target));
  }

  /** The relay's end of it, in the relay's process. */
  static forRelay(route: AmqpRoute): RelayTransport {
    const publisher = transportOf(route);
    return { publisher, close: () => publisher.close() };
  }

  close(): Promise<number> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<number> {
    // What consumers still held is in the queues again when they are gone, and is counted.
    await this.#transport.close();
    try {
      return await this.queues.count();
    } finally {
      // A broker that has gone meanwhile takes what is left with it, or cannot be told.
      await Promise.allSettled([this.#broker.remove(this.queues.names, this.#exchange)]);
      await Promise.allSettled([this.#broker.close(), this.faults.close()]);
    }
  }
}

function transportOf({ url, exchange }: Pick<AmqpRoute, 'url' | 'exchange'>): AmqpTransport {
  return new AmqpTransport({ connect: () => connectTo(url), exchange, maxBackoffMs: 500 });
}
