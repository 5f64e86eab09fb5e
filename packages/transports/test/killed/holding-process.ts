// A consumer as a process of its own: pulls, says what it holds, and never settles it. It does not end by itself.
import { SQSClient } from '@aws-sdk/client-sqs';
import { AmqpTransport, type Transport } from '@holdfast/transports/amqp';
import { SqsTransport } from '@holdfast/transports/sqs';
import amqplib from 'amqplib';

export type HoldingOptions =
  | { readonly broker: 'rabbitmq'; readonly url: string; readonly exchange: string; readonly queue: string }
  | { readonly broker: 'sqs'; readonly url: string; readonly namespace: string; readonly queue: string };

/** A client of the broker, as this process and the test have it. */
export function holdingTransport(options: HoldingOptions): Transport {
  const { url } = options;
  if (options.broker === 'rabbitmq') {
    return new AmqpTransport({ connect: () => amqplib.connect(`${url}?heartbeat=2`), exchange: options.exchange });
  }
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const sqs = new SQSClient({ endpoint: url, region: 'us-east-1', credentials });
  return new SqsTransport({ sqs, namespace: options.namespace, longPollMs: 1_000 });
}

const given = process.argv[2];
if (given !== undefined && process.argv[1] === import.meta.filename) {
  const options: HoldingOptions = JSON.parse(given);
  const reader = holdingTransport(options).reader(options.queue);
  for (;;) {
    for (const { envelope } of await reader.pull(1, { waitMs: 5_000 })) process.stdout.write(`${envelope.id}\n`);
  }
}
