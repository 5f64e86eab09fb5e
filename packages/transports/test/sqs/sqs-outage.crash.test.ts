import type { Envelope, QueueReader } from '@holdfast/core';
import { SqsTransport } from '@holdfast/transports/sqs';
import { expect, onTestFinished, test } from 'vitest';
import { startSqs } from '../../../../scripts/services/sqs.ts';
import { sqsClient } from './aws-clients.ts';

const KILLS = 5;
const RESUMES_WITHIN_MS = 5_000;
const PAUSE_MS = 20;

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** Consumes until it is stopped, and goes on after every pull that fails. */
class Consumer {
  readonly ids = new Set<string>();
  failedPulls = 0;
  readonly #reader: QueueReader;
  readonly #stopped = new AbortController();
  readonly #running: Promise<void>;

  constructor(reader: QueueReader) {
    this.#reader = reader;
    this.#running = this.#run();
  }

  async until(isMet: () => boolean, withinMs: number): Promise<void> {
    const end = performance.now() + withinMs;
    while (!isMet()) {
      expect(performance.now(), `${this.ids.size} messages came`).toBeLessThan(end);
      await pause(PAUSE_MS);
    }
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      try {
        for (const delivery of await this.#reader.pull(20, { waitMs: 1_000, signal })) {
          // Before the ack: one whose answer is lost may have taken effect.
          this.ids.add(delivery.envelope.id);
          await delivery.ack();
        }
      } catch {
        // Comes again, or the next pull works.
        this.failedPulls += 1;
        await pause(PAUSE_MS);
      }
    }
  }
}

/** Publishes as a relay does: what is not accepted again, in order, until it is. */
async function publishSteadily(transport: SqsTransport, signal: AbortSignal): Promise<readonly string[]> {
  const accepted: string[] = [];
  let next = 0;
  let left: readonly Envelope[] = [];
  while (!signal.aborted || left.length > 0) {
    if (left.length === 0) {
      left = Array.from({ length: 10 }, () => envelope(`m${next++}`));
    }
    const receipts = await transport.publish(left);
    expect(receipts.map(({ outcome }) => outcome)).not.toContain('rejected');
    accepted.push(...left.filter((_, index) => receipts[index]?.outcome === 'accepted').map(({ id }) => id));
    left = left.filter((_, index) => receipts[index]?.outcome !== 'accepted');
    await pause(PAUSE_MS);
  }
  return accepted;
}

function envelope(id: string): Envelope {
  const attributes = Object.create(null);
  return { id, source: '/test', type: 'order.placed', key: `k${id.length}`, attributes, body: Buffer.from(id) };
}

test(`F4.1, F4.5, F13.3: kill -9 of the service ${KILLS} times under load: nothing accepted is lost, and consumption resumes by itself`, {
  timeout: 240_000,
}, async () => {
  const service = await startSqs({ own: true });
  onTestFinished(() => service.stop());
  const clients = [sqsClient(service.url), sqsClient(service.url)] as const;
  const [publisher, consuming] = clients.map(
    (sqs) => new SqsTransport({ sqs, longPollMs: 1_000, requestTimeoutMs: 2_000 }),
  );
  if (publisher === undefined || consuming === undefined) throw new Error('There are no transports.');
  onTestFinished(async () => {
    await Promise.all([publisher.close(), consuming.close()]);
    for (const client of clients) client.destroy();
  });
  await consuming.declare({ queue: 'work', types: ['order.placed'], leaseMs: 2_000 });
  const consumer = new Consumer(consuming.reader('work'));
  onTestFinished(() => consumer.stop());
  const stopped = new AbortController();
  const publishing = publishSteadily(publisher, stopped.signal);
  const resumed: number[] = [];
  for (let kill = 0; kill < KILLS; kill += 1) {
    const before = consumer.ids.size;
    await consumer.until(() => consumer.ids.size > before + 20, 30_000);
    await service.down('kill');
    const whenDown = consumer.ids.size;
    await service.up();
    const up = performance.now();
    await consumer.until(() => consumer.ids.size > whenDown, 30_000);
    resumed.push(performance.now() - up);
  }
  stopped.abort();
  const accepted = await publishing;
  await consumer.until(() => accepted.every((id) => consumer.ids.has(id)), 30_000);
  expect(consumer.failedPulls).toBeGreaterThan(0);
  expect(Math.max(...resumed)).toBeLessThan(RESUMES_WITHIN_MS);
});
