import { DeleteQueueCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { FaultProxy } from '@holdfast/sql/testing';
import { SqsTransport } from '@holdfast/transports/sqs';
import { onTestFinished } from 'vitest';
import type { BrokerWorld } from './broker-world.ts';

let count = 0;

export interface SqsWorld extends BrokerWorld {
  readonly namespace: string;
}

/** FIFO queues of this test only, on an emulator behind a proxy. They are removed when the test has finished. */
export async function sqsWorld(url = process.env['HOLDFAST_TEST_SQS_URL'] ?? ''): Promise<SqsWorld> {
  count += 1;
  const namespace = `outbox-${process.pid}-${count}`;
  const { hostname, port } = new URL(url);
  const proxy = await FaultProxy.listen({ host: hostname, port: Number(port || 9324) });
  const clients = [proxy.through(url), url].map(sqsClient);
  const [near, direct] = clients as [SQSClient, SQSClient];
  const shared = { fifo: true, namespace, requestTimeoutMs: 1_500, publishTimeoutMs: 3_000, longPollMs: 1_000 };
  const world: SqsWorld = {
    namespace,
    queue: 'orders',
    proxy,
    publisher: new SqsTransport({ sqs: near, ...shared }),
    consumer: new SqsTransport({ sqs: direct, ...shared }),
  };
  onTestFinished(async () => {
    await Promise.all([world.publisher.close(), world.consumer.close()]);
    const { QueueUrls = [] } = await direct.send(new ListQueuesCommand({ QueueNamePrefix: namespace }));
    await Promise.all(QueueUrls.map((QueueUrl) => direct.send(new DeleteQueueCommand({ QueueUrl }))));
    for (const client of clients) client.destroy();
    await proxy.close();
  });
  return world;
}

function sqsClient(endpoint: string): SQSClient {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return new SQSClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
}
