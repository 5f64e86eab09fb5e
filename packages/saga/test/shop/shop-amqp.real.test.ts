import { randomBytes } from 'node:crypto';
import { AmqpTransport } from '@holdfast/transports/amqp';
import * as amqplib from 'amqplib';
import { onTestFinished } from 'vitest';
import { describeShop } from './describe-shop.ts';
import { postgresShop, sqliteShop } from './shop-database.ts';

const url = process.env['HOLDFAST_TEST_AMQP_URL'];

/** An exchange and queues of its own on the broker of the test run, which are removed when the test has finished. */
async function transport() {
  if (url === undefined) throw new Error('Set "HOLDFAST_TEST_AMQP_URL" to a RabbitMQ server.');
  const prefix = `s${randomBytes(5).toString('hex')}-`;
  const exchange = `${prefix}events`;
  const queues = ['order', 'payment', 'stock', 'delivery', 'notices'].flatMap((name) => [name, `${name}.dead-letter`]);
  onTestFinished(async () => {
    const connection = await amqplib.connect(url);
    const channel = await connection.createChannel();
    for (const queue of queues) await channel.deleteQueue(prefix + queue);
    await channel.deleteExchange(exchange);
    await connection.close();
  });
  const connect = () => amqplib.connect(url, { noDelay: true, timeout: 10_000 });
  return { transport: new AmqpTransport({ connect, exchange, queueType: 'classic' }), prefix, waitMs: 20 };
}

describeShop('PostgreSQL 18 over RabbitMQ, one by one', {
  database: () => postgresShop(18),
  mode: 'one by one',
  transport,
});
describeShop('SQLite over RabbitMQ, batch', { database: sqliteShop, mode: 'batch', transport });
