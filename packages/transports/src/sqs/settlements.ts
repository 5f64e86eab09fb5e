import { type Clock, LeaseLostError, quoted, type Receipt } from '@holdfast/core';
import { awsFailure, type FailedEntry } from '../aws/aws-failure.ts';
import type { EntryTarget, OutgoingEntry } from '../aws/outgoing-entry.ts';
import { RequestBatcher } from '../aws/request-batcher.ts';
import { RequestRefusedError } from '../aws/request-refused-error.ts';
import { TransportUnavailableError } from '../errors/transport-unavailable-error.ts';
import { queueError } from './queue-error.ts';
import type { MessageOperations } from './sqs-operations.ts';

/** What is leased: enough to give it back or to be done with it. */
export interface Lease {
  readonly receiptHandle: string;
  /** For errors. */
  readonly label: string;
  /** On `Clock.monotonic()`. */
  readonly leaseEndsAt: number;
}

export interface SettlementsOptions {
  readonly queue: string;
  readonly url: string;
  readonly operations: MessageOperations;
  readonly deadLetters: EntryTarget;
  readonly clock: Clock;
  readonly concurrency: number;
}

interface Pending<Item> {
  readonly item: Item;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

interface Change {
  readonly lease: Lease;
  readonly seconds: number;
}

const LEASE_IS_OVER = /expired|not in flight|not available for visibility timeout change/i;

/** Deletes, gives back and dead-letters messages of one queue: what is settled in one turn goes in one request of ten. */
export class Settlements {
  readonly #options: SettlementsOptions;
  readonly #removals: RequestBatcher<Pending<Lease>>;
  readonly #changes: RequestBatcher<Pending<Change>>;
  readonly #letters: RequestBatcher<Pending<OutgoingEntry>>;

  constructor(options: SettlementsOptions) {
    this.#options = options;
    const { clock, concurrency, deadLetters } = options;
    this.#removals = new RequestBatcher({ clock, concurrency, send: (some) => this.#remove(some) });
    this.#changes = new RequestBatcher({ clock, concurrency, send: (some) => this.#change(some) });
    this.#letters = new RequestBatcher<Pending<OutgoingEntry>>({
      clock,
      concurrency,
      bytesOf: ({ item }) => item.bytes,
      maxBytes: deadLetters.maxRequestBytes,
      send: (some) => this.#deadLetter(some),
    });
  }

  /** Deletes the message; not after the end of its lease. @throws LeaseLostError, TransportUnavailableError */
  remove(lease: Lease): Promise<void> {
    return add(this.#removals, lease);
  }

  /** Makes the message visible to others so many seconds from now. @throws LeaseLostError, TransportUnavailableError */
  changeVisibility(lease: Lease, seconds: number): Promise<void> {
    return add(this.#changes, { lease, seconds });
  }

  /** @throws TransportUnavailableError, RequestRefusedError */
  sendDeadLetter(entry: OutgoingEntry): Promise<void> {
    return add(this.#letters, entry);
  }

  async #remove(pending: readonly Pending<Lease>[]): Promise<void> {
    const { operations, url, clock } = this.#options;
    const now = clock.monotonic();
    const held = refuseLost(pending, now, (lease) => lease);
    if (held.length === 0) return;
    const handles = held.map(({ item }) => item.receiptHandle);
    const withinMs = Math.min(...held.map(({ item }) => item.leaseEndsAt)) - now;
    await this.#settleEach(held, operations.remove(url, handles, withinMs), (lease) => lease);
  }

  async #change(pending: readonly Pending<Change>[]): Promise<void> {
    const { operations, url, clock } = this.#options;
    const held = refuseLost(pending, clock.monotonic(), ({ lease }) => lease);
    if (held.length === 0) return;
    const changes = held.map(({ item: { lease, seconds } }) => ({
      receiptHandle: lease.receiptHandle,
      visibilitySeconds: seconds,
    }));
    await this.#settleEach(held, operations.changeVisibility(url, changes), ({ lease }) => lease);
  }

  async #settleEach<Item>(
    pending: readonly Pending<Item>[],
    request: Promise<readonly (FailedEntry | null)[]>,
    leaseOf: (item: Item) => Lease,
  ): Promise<void> {
    const { queue, clock } = this.#options;
    try {
      const results = await request;
      for (const [index, { item, resolve, reject }] of pending.entries()) {
        const failed = results[index];
        if (failed === null || failed === undefined) resolve();
        else reject(entryError(failed, leaseOf(item), queue));
      }
    } catch (error) {
      const now = clock.monotonic();
      for (const { item, reject } of pending) {
        const lease = leaseOf(item);
        const isLost = isLeaseOver(error) || lease.leaseEndsAt <= now;
        reject(
          isLost ? new LeaseLostError(lease.label, { cause: error }) : queueError(error, 'settle a message of', queue),
        );
      }
    }
  }

  async #deadLetter(pending: readonly Pending<OutgoingEntry>[]): Promise<void> {
    const { deadLetters, queue } = this.#options;
    const { receipts } = await deadLetters.send(pending.map(({ item }) => item));
    for (const [index, { resolve, reject }] of pending.entries()) {
      const receipt = receipts[index];
      if (receipt?.outcome === 'accepted') resolve();
      else reject(letterError(receipt, queue));
    }
  }
}

function add<Item>(batcher: RequestBatcher<Pending<Item>>, item: Item): Promise<void> {
  return new Promise((resolve, reject) => {
    batcher.add({ item, resolve, reject });
  });
}

/** Rejects those whose lease has ended, and returns the others. */
function refuseLost<Item>(
  pending: readonly Pending<Item>[],
  now: number,
  leaseOf: (item: Item) => Lease,
): readonly Pending<Item>[] {
  return pending.filter(({ item, reject }) => {
    const { leaseEndsAt, label } = leaseOf(item);
    if (leaseEndsAt > now) return true;
    reject(new LeaseLostError(label));
    return false;
  });
}

function entryError(failed: FailedEntry, { label }: Lease, queue: string): Error {
  const cause = Object.assign(new Error(failed.Message ?? 'no message'), { code: failed.Code ?? 'no code' });
  return isLeaseOver(cause)
    ? new LeaseLostError(label, { cause })
    : new TransportUnavailableError(`settle a message of ${quoted(queue)}`, { cause });
}

/** A receipt handle is void when its lease has ended and somebody else holds the message, or it is deleted. */
function isLeaseOver(error: unknown): boolean {
  const { code, reason } = awsFailure(error);
  return /ReceiptHandleIsInvalid|MessageNotInflight/.test(code) || (/Invalid/.test(code) && LEASE_IS_OVER.test(reason));
}

function letterError(receipt: Receipt | undefined, queue: string): Error {
  const activity = `dead-letter a message of ${quoted(queue)}`;
  const reason = receipt !== undefined && 'reason' in receipt ? receipt.reason : 'no answer';
  return receipt?.outcome === 'rejected'
    ? new RequestRefusedError(activity, reason)
    : new TransportUnavailableError(activity, { cause: new Error(reason) });
}
