import { ListQueuesCommand } from '@aws-sdk/client-sqs';
import { sqsClient } from '../../src/transport/sqs-broker.ts';
import { SqsOrderTransport } from '../../src/transport/sqs-order-transport.ts';
import { describeOrderTransport } from './describe-order-transport.ts';

const url = process.env['HOLDFAST_TEST_SQS_URL'] ?? '';

describeOrderTransport('sqs', {
  open: () => {
    process.env['HOLDFAST_SQS_URL'] = url;
    return SqsOrderTransport.open();
  },
  leftovers: async (transport) => {
    const client = sqsClient(url);
    const prefix = transport instanceof SqsOrderTransport ? transport.relayRoute.namespace : '';
    const { QueueUrls = [] } = await client.send(new ListQueuesCommand({ QueueNamePrefix: prefix }));
    client.destroy();
    return QueueUrls;
  },
});
