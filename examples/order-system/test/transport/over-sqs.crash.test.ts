import { describeOverABroker } from './over-a-broker.ts';

describeOverABroker({
  transport: 'sqs',
  variable: 'HOLDFAST_SQS_URL',
  url: process.env['HOLDFAST_TEST_SQS_URL'] ?? '',
  protocol: 'http:',
});
