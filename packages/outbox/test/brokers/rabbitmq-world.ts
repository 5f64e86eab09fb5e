import { FaultProxy } from '@holdfast/sql/testing';
import { AmqpTransport } from '@holdfast/transports/amqp';
import amqplib from 'amqplib';
import { onTestFinished } from 'vitest';
import type { BrokerWorld } from './broker-world.ts';

let count = 0;

export interface RabbitmqWorld extends BrokerWorld {
  readonly exchange: string;
}

/** A RabbitMQ behind a proxy, with names of this test only. The queue and what it needs are removed when the test has finished. */
export async function rabbitmqWorld(url = process.env['HOLDFAST_TEST_AMQP_URL'] ?? ''): Promise<RabbitmqWorld> {
  count += 1;
  const exchange = `outbox-test-${process.pid}-${count}`;
  const { hostname, port } = new URL(url);
  const proxy = await FaultProxy.listen({ host: hostname, port: Number(port || 5672) });
  const connect = (to: string) => () =>
    amqplib.connect(`${to}${to.includes('?') ? '&' : '?'}heartbeat=2`, { noDelay: true });
  const world: RabbitmqWorld = {
    exchange,
    queue: `${exchange}.orders`,
    proxy,
    publisher: new AmqpTransport({
      connect: connect(proxy.through(url)),
      exchange,
      confirmTimeoutMs: 2_000,
      silenceMs: 2_000,
    }),
    consumer: new AmqpTransport({ connect: connect(url), exchange }),
  };
  onTestFinished(async () => {
    await Promise.all([world.publisher.close(), world.consumer.close()]);
    const connection = await amqplib.connect(url);
    const channel = await connection.createChannel();
    await channel.deleteQueue(world.queue);
    await channel.deleteQueue(`${world.queue}.dead-letter`);
    await channel.deleteExchange(exchange);
    await connection.close();
    await proxy.close();
  });
  return world;
}
