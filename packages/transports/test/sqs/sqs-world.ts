import { randomUUID } from 'node:crypto';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { SystemClock } from '@holdfast/core';
import { FaultProxy } from '@holdfast/sql/testing';
import { SnsFanOut } from '@holdfast/transports/sns';
import { SqsTransport, type SqsTransportOptions } from '@holdfast/transports/sqs';
import type { TransportCapabilities, TransportNetwork, TransportWorld } from '@holdfast/transports/testing';
import { QueueNames } from '../../src/sqs/queue-names.ts';
import { snsClient, sqsClient } from './aws-clients.ts';
import type { Emulator } from './emulator.ts';
import { OwningTransport } from './owning-transport.ts';

export interface SqsWorldOptions {
  readonly emulator: Emulator;
  readonly fifo: boolean;
  readonly fanOut: boolean;
}

const REQUEST_TIMEOUT_MS = 2_000;
const LONG_POLL_MS = 1_000;

export function sqsCapabilities({ fifo, fanOut }: Pick<SqsWorldOptions, 'fifo' | 'fanOut'>): TransportCapabilities {
  return {
    order: fifo ? 'redeliveries' : 'none',
    countsDeliveries: true,
    survivesBroker: true,
    atomicDeadLetter: false,
    // SNS takes 256 KiB with attributes and as Base64.
    maxMessageBytes: fanOut ? 131_072 : 262_144,
    maxDelayMs: 11 * 3_600_000,
  };
}

/** A namespace of its own on the emulator, behind a proxy that fails as networks do. */
export async function openSqsWorld({ emulator, fifo, fanOut }: SqsWorldOptions): Promise<TransportWorld> {
  const { hostname, port } = emulator.url;
  const proxy = await FaultProxy.listen({ host: hostname, port: Number(port) });
  const endpoint = `http://127.0.0.1:${proxy.port}`;
  const clock = new SystemClock();
  const namespace = `w${randomUUID().slice(0, 8)}`;
  const capabilities = sqsCapabilities({ fifo, fanOut });
  const open = new Set<OwningTransport>();
  const names = new QueueNames({ namespace, fifo });
  return {
    capabilities,
    leaseMs: 2_000,
    clock,
    name: (word) => `${word}.${namespace}`,
    connect: async () => {
      const sqs = sqsClient(endpoint);
      const sns = fanOut ? snsClient(endpoint) : null;
      const options: SqsTransportOptions = {
        sqs,
        fifo,
        namespace,
        clock,
        maxMessageBytes: capabilities.maxMessageBytes,
        requestTimeoutMs: REQUEST_TIMEOUT_MS,
        longPollMs: LONG_POLL_MS,
        closeTimeoutMs: 3_000,
        ...(sns === null ? {} : { fanOut: new SnsFanOut(sns) }),
      };
      const transport = new OwningTransport(new SqsTransport(options), sns === null ? [sqs] : [sqs, sns]);
      open.add(transport);
      return transport;
    },
    passTime: (ms) => clock.sleep(ms),
    setAvailable: async (available) => setAvailable(proxy, available),
    network: networkOf(proxy),
    restart: null,
    sendRaw: async (queue, bytes) => {
      const client = sqsClient(emulator.url.href);
      const QueueUrl = `${emulator.url.origin}/000000000000/${names.sqsNameOf(queue)}`;
      const MessageBody = Buffer.from(bytes).toString();
      const group = fifo ? { MessageGroupId: 'raw', MessageDeduplicationId: randomUUID() } : {};
      await client.send(new SendMessageCommand({ QueueUrl, MessageBody, ...group }));
      client.destroy();
    },
    close: async () => {
      proxy.heal();
      await Promise.all([...open].map((transport) => transport.close()));
      await proxy.close();
    },
  };
}

function setAvailable(proxy: FaultProxy, available: boolean): void {
  if (available) {
    proxy.heal();
    return;
  }
  proxy.refuse();
  proxy.reset();
}

function networkOf(proxy: FaultProxy): TransportNetwork {
  return {
    cut: async () => proxy.reset(),
    silence: async () => proxy.silence(),
    silenceAnswers: async () => proxy.silence('down'),
    restore: async () => proxy.heal(),
    // A pull waits for its longest poll, a publish may look for its queues first.
    noticesSilenceMs: 2 * REQUEST_TIMEOUT_MS + LONG_POLL_MS + 500,
    connections: () => proxy.connections,
  };
}
