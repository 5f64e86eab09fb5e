import { connect } from 'amqplib';
import { AmqpOrderTransport } from '../../src/transport/amqp-order-transport.ts';
import type { OrderTransport } from '../../src/transport/order-transport.ts';
import { describeOrderTransport } from './describe-order-transport.ts';

const url = process.env['HOLDFAST_TEST_AMQP_URL'] ?? '';

describeOrderTransport('amqp', {
  open: () => {
    process.env['HOLDFAST_AMQP_URL'] = url;
    return AmqpOrderTransport.open();
  },
  leftovers: async ({ queues }: OrderTransport) => {
    const left: string[] = [];
    for (const queue of queues.names.flatMap((name) => [name, `${name}.dead-letter`])) {
      // Asking for one that is not there closes the channel.
      const connection = await connect(url);
      const channel = await connection.createChannel();
      channel.on('error', () => {});
      await channel.checkQueue(queue).then(
        () => left.push(queue),
        () => {},
      );
      await connection.close();
    }
    return left;
  },
});
