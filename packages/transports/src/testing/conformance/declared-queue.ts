import type { QueueReader } from '@holdfast/core';
import type { Transport } from '../../transport.ts';
import { publishUntilAccepted } from './publish-until-accepted.ts';
import { type SampleOptions, sampleEnvelopes } from './sample-envelope.ts';
import type { TransportWorld } from './transport-world.ts';

/** A queue that a rule works with, and the client that declared it and publishes. */
export interface DeclaredQueue {
  readonly queue: string;
  readonly deadLetterQueue: string;
  readonly type: string;
  readonly leaseMs: number;
  readonly sender: Transport;
  /** A reader of the queue in a client of its own. */
  connectReader(): Promise<QueueReader>;
  /** Publishes `count` messages, until all are accepted. */
  send(count: number, options?: Omit<Partial<SampleOptions>, 'type' | 'id'>, prefix?: string): Promise<void>;
}

/** Well above every wait of a rule. */
const LONG_LEASE_MS = 30_000;

export interface DeclareQueueOptions {
  /** @default so long that no lease ends while the rule runs */
  readonly leaseMs?: number;
}

/** Declares the queue `work`, of one event type. */
export async function declareQueue(world: TransportWorld, options: DeclareQueueOptions = {}): Promise<DeclaredQueue> {
  const sender = await world.connect();
  const queue = world.name('work');
  const deadLetterQueue = world.name('dead');
  const type = world.name('placed');
  const leaseMs = options.leaseMs ?? Math.max(LONG_LEASE_MS, 10 * world.leaseMs);
  await sender.declare({ queue, types: [type], deadLetterQueue, leaseMs });
  return {
    queue,
    deadLetterQueue,
    type,
    leaseMs,
    sender,
    connectReader: async () => (await world.connect()).reader(queue),
    send: (count, options, prefix) =>
      publishUntilAccepted(world, sender, sampleEnvelopes(count, { type, ...options }, prefix)),
  };
}
