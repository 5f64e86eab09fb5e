import { type Delivery, type Envelope, SystemClock } from '@holdfast/core';
import { SeededRandom } from '@holdfast/core/testing';
import { SqsTransport } from '@holdfast/transports/sqs';
import { expect, test } from 'vitest';
import { sqsClient } from './aws-clients.ts';
import {
  type Answer,
  type AwsLikeServer,
  entriesOf,
  failure,
  type Handler,
  messages,
  taken,
} from './aws-like-server.ts';
import { awsLikeWorld } from './aws-like-world.ts';
import { FifoQueueModel } from './fifo-queue-model.ts';

const KEYS = ['a', 'b', 'c', 'd'];
const PER_KEY = 20;
const SEED = 4;
const clock = new SystemClock();

/** Answers from the model, and fails in all ways that the contract knows. */
class FaultyFifoService {
  readonly #queue: FifoQueueModel;
  readonly #random: SeededRandom;

  constructor(queue: FifoQueueModel, seed: number) {
    this.#queue = queue;
    this.#random = new SeededRandom(seed);
  }

  chance(of: number): boolean {
    return this.#random.next() < of;
  }

  answer(server: AwsLikeServer): void {
    const queue = this.#queue;
    server
      .on(
        'SendMessageBatch',
        this.#eachOf(({ entry }) => {
          queue.send(entry);
          return true;
        }),
      )
      .on(
        'DeleteMessageBatch',
        this.#eachOf(({ handle }) => queue.remove(handle)),
      )
      .on(
        'ChangeMessageVisibilityBatch',
        this.#eachOf(({ handle, seconds }) => queue.changeVisibility(handle, seconds * 1_000)),
      )
      .on(
        'ReceiveMessage',
        this.#faulty(async ({ body }) => {
          const end = clock.monotonic() + 1_000 * Number(body['WaitTimeSeconds'] ?? 0);
          for (;;) {
            const leaseMs = 1_000 * Number(body['VisibilityTimeout']);
            const found = queue.receive(
              Number(body['MaxNumberOfMessages']),
              leaseMs,
              String(body['ReceiveRequestAttemptId']),
            );
            if (found.length > 0 || clock.monotonic() >= end) return messages(found);
            await clock.sleep(5);
          }
        }),
      );
  }

  #faulty(handler: Handler): Handler {
    return async (request) => {
      if (this.chance(0.05)) return failure(400, 'ThrottlingException');
      if (this.chance(0.05)) return { isCut: true };
      if (this.chance(0.02)) await clock.sleep(400);
      const answer = await handler(request);
      if (this.chance(0.05)) return { isCut: true };
      if (this.chance(0.02)) await clock.sleep(400);
      return answer;
    };
  }

  #eachOf(
    act: (one: { readonly entry: ReturnType<typeof entriesOf>[number]; handle: string; seconds: number }) => boolean,
  ): Handler {
    return this.#faulty(({ body }): Answer => {
      const Successful: object[] = [];
      const Failed: object[] = [];
      for (const entry of entriesOf(body)) {
        const { ReceiptHandle = '', VisibilityTimeout = 0 } = entry as {
          readonly ReceiptHandle?: string;
          readonly VisibilityTimeout?: number;
        };
        if (this.chance(0.1)) Failed.push({ Id: entry.Id, Code: 'InternalError', SenderFault: false });
        else if (!act({ entry, handle: ReceiptHandle, seconds: VisibilityTimeout })) {
          Failed.push({ Id: entry.Id, Code: 'ReceiptHandleIsInvalid', SenderFault: true });
        } else Successful.push(entry.MessageBody === undefined ? { Id: entry.Id } : taken(entry));
      }
      return { body: { Successful, Failed } };
    });
  }
}

function message(key: string, number: number): Envelope {
  const id = `${key}${number}`;
  return { id, source: '/test', type: 'order.placed', key, attributes: Object.create(null), body: Buffer.from(id) };
}

/** As a relay does: several calls at once, and again from the first message of a key that failed. */
async function publishAll(transport: SqsTransport): Promise<void> {
  const done = new Map(KEYS.map((key) => [key, 0]));
  while ([...done.values()].some((count) => count < PER_KEY)) {
    const sent: { readonly key: string; readonly outcome: string }[] = [];
    const calls = [0, 2, 4].map(async (from) => {
      const batch = KEYS.flatMap((key) =>
        [from, from + 1]
          .map((ahead) => (done.get(key) ?? 0) + ahead)
          .filter((number) => number < PER_KEY)
          .map((number) => message(key, number)),
      );
      return { batch, receipts: await transport.publish(batch) };
    });
    for (const { batch, receipts } of await Promise.all(calls)) {
      for (const [index, { key }] of batch.entries()) {
        sent.push({ key: key ?? '', outcome: receipts[index]?.outcome ?? 'none' });
      }
    }
    for (const key of KEYS) {
      const outcomes = sent.filter((one) => one.key === key).map(({ outcome }) => outcome);
      const accepted = outcomes.findIndex((outcome) => outcome !== 'accepted');
      const failed = accepted === -1 ? [] : outcomes.slice(accepted);
      expect(failed, `${key} after a failure`).not.toContain('accepted');
      expect(failed).not.toContain('rejected');
      done.set(key, (done.get(key) ?? 0) + outcomes.length - failed.length);
    }
  }
}

/** Hands back, forgets, and acks; whatever fails comes again. */
async function consume(transport: SqsTransport, service: FaultyFifoService, isDone: () => boolean): Promise<void> {
  const reader = transport.reader('work');
  const handle = async (delivery: Delivery) => {
    if (service.chance(0.01)) return;
    try {
      await (service.chance(0.1) ? delivery.retry(0) : delivery.ack());
    } catch {
      // An ack can be tried again while the lease lasts.
      await delivery.ack().catch(() => {});
    }
  };
  while (!isDone()) {
    try {
      await Promise.all((await reader.pull(20, { waitMs: 200 })).map(handle));
    } catch {
      // The next pull starts anew.
    }
  }
}

test.each([4])(
  'F4.1, F4.5: over a FIFO service that fails in all ways nothing is lost, and no message of a key overtakes another, neither on its way in nor out',
  {
    timeout: 60_000,
  },
  async () => {
    const limits = { fifo: true, requestTimeoutMs: 300, leaseMs: 1_000 };
    await using world = await awsLikeWorld({ ...limits, client: { maxAttempts: 2 } });
    const queue = new FifoQueueModel();
    const service = new FaultyFifoService(queue, SEED);
    service.answer(world.server);
    const sqs = sqsClient(world.server.url, { maxAttempts: 1 });
    const other = new SqsTransport({ sqs, fifo: true, requestTimeoutMs: 300, longPollMs: 1_000 });
    const all = KEYS.length * PER_KEY;
    const isDone = () => queue.removed.length === all;
    await Promise.all([
      publishAll(world.transport),
      ...[world.transport, other].map((transport) => consume(transport, service, isDone)),
    ]);
    await other.close();
    sqs.destroy();
    for (const key of KEYS) {
      const inOrder = Array.from({ length: PER_KEY }, (_, number) => `${key}${number}`);
      expect(queue.arrived.filter((id) => id.startsWith(key))).toEqual(inOrder);
      expect(queue.removed.filter((id) => id.startsWith(key))).toEqual(inOrder);
    }
  },
);
