import { describeOverABroker } from './over-a-broker.ts';

describeOverABroker({
  transport: 'amqp',
  variable: 'HOLDFAST_AMQP_URL',
  url: process.env['HOLDFAST_TEST_AMQP_URL'] ?? '',
  protocol: 'amqp:',
});
