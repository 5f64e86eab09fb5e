import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { QueueReader } from '@holdfast/core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startRabbitmq } from '../../../../scripts/services/rabbitmq.ts';
import { startSqs } from '../../../../scripts/services/sqs.ts';
import { envelopes } from '../envelopes.ts';
import { type HoldingOptions, holdingTransport } from './holding-process.ts';

const program = fileURLToPath(new URL('./holding-process.ts', import.meta.url));
const LEASE_MS = 4_000;
const HELD = 5;

async function rabbitmq(): Promise<HoldingOptions> {
  const { url, stop } = await startedOf(startRabbitmq());
  onTestFinished(stop);
  return { broker: 'rabbitmq', url, exchange: `killed-${process.pid}`, queue: `killed-${process.pid}.orders` };
}

async function sqs(): Promise<HoldingOptions> {
  const { url, stop } = await startedOf(startSqs());
  onTestFinished(stop);
  return { broker: 'sqs', url, namespace: `killed-${process.pid}`, queue: 'orders' };
}

async function startedOf(service: Promise<{ readonly url: string; stop(): Promise<void> }>) {
  const started = await service;
  return { url: started.url, stop: () => started.stop() };
}

/** A process that holds messages, once it has said that it holds so many. */
async function holder(options: HoldingOptions): Promise<{ readonly child: ChildProcess; readonly ids: string[] }> {
  const child = spawn(process.execPath, [program, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const ids: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  createInterface({ input: child.stdout }).on('line', (id) => {
    ids.push(id);
    if (ids.length === HELD) resolve();
  });
  await promise;
  return { child, ids };
}

/** Pulls and acks until so many different ones came. */
async function take(reader: QueueReader, count: number, limitMs: number): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  const end = performance.now() + limitMs;
  while (ids.size < count) {
    if (performance.now() > end) throw new Error(`${ids.size} of ${count} messages came within ${limitMs} ms.`);
    for (const delivery of await reader.pull(10, { waitMs: 1_000 })) {
      ids.add(delivery.envelope.id);
      await delivery.ack();
    }
  }
  return ids;
}

describe.each([
  // The broker sees the connection end; the lease of SQS has to run out.
  ['RabbitMQ', rabbitmq, 2_000],
  ['SQS', sqs, 3 * LEASE_MS],
] as const)('%s', (_name, open, withinMs) => {
  test('F5.1, F13.2: what a consumer held when it was killed comes to another one; what it had not pulled is not delayed', async () => {
    const options = await open();
    const transport = holdingTransport(options);
    onTestFinished(() => transport.close());
    await transport.declare({ queue: options.queue, types: ['order.placed'], leaseMs: LEASE_MS });
    const sent = envelopes(HELD + 3);
    const receipts = await transport.publish(sent);
    expect(receipts.every(({ outcome }) => outcome === 'accepted')).toBe(true);
    const { child, ids } = await holder(options);
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    const taken = await take(transport.reader(options.queue), sent.length, withinMs + 5_000);
    expect([...taken].sort()).toEqual(sent.map(({ id }) => id).sort());
    expect(ids.length).toBeGreaterThanOrEqual(HELD);
    expect([...(await transport.reader(options.queue).pull(1, { waitMs: 0 }))]).toEqual([]);
  });
});
