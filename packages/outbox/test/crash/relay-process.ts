// A relay as a process of its own. Publishes over a socket to the test, which keeps what arrives when this process dies, or to a broker.
import { once } from 'node:events';
import { connect } from 'node:net';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Envelope, Publisher, Receipt } from '@holdfast/core';
import { PostgresOutboxStore, Relay } from '@holdfast/outbox';
import { PgDatabase } from '@holdfast/sql/pg';
import { AmqpTransport, type Transport } from '@holdfast/transports/amqp';
import { SqsTransport } from '@holdfast/transports/sqs';
import amqplib from 'amqplib';
import pg from 'pg';
import { onLines, sendLine } from './line-socket.ts';

export type BrokerAddress =
  | { readonly kind: 'rabbitmq'; readonly url: string; readonly exchange: string }
  | { readonly kind: 'sqs'; readonly url: string; readonly namespace: string };

export interface RelayProcessOptions {
  readonly url: string;
  readonly port: number;
  /** Tells this process from others, here and in the database. */
  readonly name: string;
  readonly leaseMs: number;
  /** Whether recording progress never comes to its end. */
  readonly hangSettle: boolean;
  /** Where to publish to, instead of the test. */
  readonly broker: BrokerAddress | null;
}

const options: RelayProcessOptions = JSON.parse(process.argv[2] ?? '');
const socket = connect(options.port, '127.0.0.1');
await once(socket, 'connect');
sendLine(socket, { name: options.name });

const waiting = new Map<number, () => void>();
onLines(socket, (line) => waiting.get((line as { acked: number }).acked)?.());
let calls = 0;

const test: Publisher = {
  async publish(batch: readonly Envelope[]): Promise<readonly Receipt[]> {
    calls += 1;
    const call = calls;
    sendLine(socket, { call, messages: batch.map(({ id, key }) => ({ id, key })) });
    await new Promise<void>((resolve) => waiting.set(call, resolve));
    waiting.delete(call);
    return batch.map(() => ({ outcome: 'accepted' }));
  },
};

function transportTo(address: BrokerAddress): Transport {
  const { kind, url } = address;
  if (kind === 'rabbitmq')
    return new AmqpTransport({ connect: () => amqplib.connect(url), exchange: address.exchange });
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const sqs = new SQSClient({ endpoint: url, region: 'us-east-1', credentials });
  return new SqsTransport({ sqs, fifo: true, namespace: address.namespace });
}

const transport = options.broker === null ? null : transportTo(options.broker);
const pool = new pg.Pool({ connectionString: options.url, max: 4, application_name: options.name });
pool.on('error', () => {});
const store = new PostgresOutboxStore({ database: new PgDatabase(pool) });
if (options.hangSettle) {
  store.lanes.settle = () => {
    sendLine(socket, { settling: true });
    return new Promise(() => {});
  };
}
const relay = new Relay({
  store,
  publisher: transport ?? test,
  leaseMs: options.leaseMs,
  batchSize: 10,
  windowSize: 100,
  cursorIntervalMs: 30,
  pollMinMs: 2,
  pollMaxMs: 20,
  onEvent: (event) => sendLine(socket, { event: event.type }),
});
relay.start();

process.once('SIGTERM', async () => {
  const report = await relay.stop();
  sendLine(socket, { stopped: report });
  await transport?.close();
  await pool.end();
  // Nothing ends this process: it must have nothing left to do.
  socket.end();
});
