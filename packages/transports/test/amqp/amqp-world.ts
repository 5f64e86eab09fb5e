import { randomBytes } from 'node:crypto';
import { SystemClock } from '@holdfast/core';
import { FaultProxy } from '@holdfast/sql/testing';
import { type AmqpEvent, AmqpTransport, type AmqpTransportOptions } from '@holdfast/transports/amqp';
import type { TransportCapabilities, TransportWorld } from '@holdfast/transports/testing';
import * as amqplib from 'amqplib';

export const quorumCapabilities: TransportCapabilities = {
  order: 'first-deliveries',
  countsDeliveries: true,
  survivesBroker: true,
  atomicDeadLetter: false,
  maxMessageBytes: 1_048_576,
  maxDelayMs: 2_000_000_000,
};

/** Classic queues say that a message came before, not how often. */
export const classicCapabilities: TransportCapabilities = { ...quorumCapabilities, countsDeliveries: false };

export interface AmqpWorldOptions {
  readonly queueType?: 'quorum' | 'classic';
  /** @default the broker of the test run */
  readonly url?: string;
  readonly restart?: () => Promise<void>;
  readonly transport?: Partial<AmqpTransportOptions>;
}

export interface AmqpWorld extends TransportWorld {
  readonly proxy: FaultProxy;
  readonly exchange: string;
  readonly events: AmqpEvent[];
  connect(options?: Partial<AmqpTransportOptions>): Promise<AmqpTransport>;
  /** A client of amqplib, past the proxy. */
  raw(): Promise<amqplib.ChannelModel>;
}

const timeoutMs = 2_500;

/** A real broker behind a proxy; each world has an exchange of its own. */
export async function amqpWorld(options: AmqpWorldOptions = {}): Promise<AmqpWorld> {
  const { queueType = 'quorum', url = brokerUrl() } = options;
  const prefix = `t${randomBytes(5).toString('hex')}`;
  const target = new URL(url);
  const proxy = await FaultProxy.listen({ host: target.hostname, port: Number(target.port || 5672) });
  const clients: AmqpTransport[] = [];
  const raws: amqplib.ChannelModel[] = [];
  const names = new Set<string>();
  const events: AmqpEvent[] = [];
  const exchange = `${prefix}-events`;
  const raw = async () => {
    const connection = await amqplib.connect(url);
    // A broker that is killed is an error to it.
    connection.on('error', () => {});
    raws.push(connection);
    return connection;
  };
  return {
    capabilities: queueType === 'quorum' ? quorumCapabilities : classicCapabilities,
    leaseMs: 1_000,
    clock: new SystemClock(),
    proxy,
    exchange,
    events,
    raw,
    name: (word) => {
      const name = `${prefix}-${word}`;
      names.add(name);
      return name;
    },
    connect: async (changes = {}) => {
      const transport = new AmqpTransport({
        connect: () => amqplib.connect(proxy.through(url), { noDelay: true, timeout: timeoutMs }),
        exchange,
        queueType,
        confirmTimeoutMs: timeoutMs,
        answerTimeoutMs: timeoutMs,
        silenceMs: timeoutMs,
        maxBackoffMs: 500,
        onEvent: (event) => events.push(event),
        ...options.transport,
        ...changes,
      });
      clients.push(transport);
      return transport;
    },
    passTime: (ms) =>
      new Promise((resolve) => {
        setTimeout(resolve, ms);
      }),
    setAvailable: async (available) => {
      if (available) {
        proxy.heal();
        return;
      }
      proxy.refuse();
      proxy.reset();
    },
    network: {
      cut: async () => proxy.reset(),
      silence: async () => proxy.silence(),
      silenceAnswers: async () => proxy.silence('down'),
      restore: async () => proxy.heal(),
      noticesSilenceMs: 3 * timeoutMs,
      connections: () => proxy.connections,
    },
    restart: options.restart ?? null,
    sendRaw: async (queue, bytes) => {
      const channel = await (await raw()).createConfirmChannel();
      channel.sendToQueue(queue, Buffer.from(bytes));
      await channel.waitForConfirms();
      await channel.close();
    },
    close: async () => {
      proxy.heal();
      await Promise.all(clients.map((client) => client.close()));
      await proxy.close();
      await removeQueues(await raw(), names);
      await Promise.all(raws.map((connection) => connection.close().catch(() => {})));
    },
  };
}

export function brokerUrl(): string {
  const url = process.env['HOLDFAST_TEST_AMQP_URL'];
  if (url === undefined) throw new Error('HOLDFAST_TEST_AMQP_URL names no broker.');
  return url;
}

async function removeQueues(connection: amqplib.ChannelModel, names: Iterable<string>): Promise<void> {
  const channel = await connection.createChannel();
  for (const name of names) {
    await channel.deleteQueue(name);
    await channel.deleteQueue(`${name}.dead-letter`);
  }
  await channel.close();
}
