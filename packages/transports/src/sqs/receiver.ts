import { type Clock, type Ids, summarizeError } from '@holdfast/core';
import { markDeadLetter } from '../dead-letter/dead-letter.ts';
import { malformedEnvelope } from '../dead-letter/malformed-envelope.ts';
import { decodeContent, encodeEntry } from './message-codec.ts';
import type { OpenQueue } from './queue-catalog.ts';
import type { Settlements } from './settlements.ts';
import { MAX_LEASE_MS, SqsDelivery } from './sqs-delivery.ts';
import type { SqsEvent } from './sqs-event.ts';
import type { MessageOperations, ReceivedMessage, ReceiveRequest } from './sqs-operations.ts';

const MAX_LOST_ATTEMPTS = 10;

export interface ReceiverOptions {
  readonly queue: OpenQueue;
  readonly operations: MessageOperations;
  readonly settlements: Settlements;
  readonly clock: Clock;
  readonly fifo: boolean;
  readonly ids: Ids;
  /** @throws TransportClosedError */
  readonly assertOpen: (activity: string) => void;
  readonly onEvent: (event: SqsEvent) => void;
}

/** One answer of the queue as deliveries. */
export class Receiver {
  readonly #options: ReceiverOptions;
  /** Requests of a FIFO queue whose answer was lost, with messages in it perhaps. */
  readonly #lostAttempts: string[] = [];

  constructor(options: ReceiverOptions) {
    this.#options = options;
  }

  /**
   * Asks once. The lease is asked for as much longer as the request may wait, and counted from the answer, but never beyond
   * what the service could mean: so it is whole for the receiver, and over there not before it is over here.
   */
  async receive(max: number, waitSeconds: number): Promise<readonly SqsDelivery[]> {
    const { queue, clock } = this.#options;
    const requestedAt = clock.monotonic();
    const visibilitySeconds = Math.min(Math.ceil(queue.leaseMs / 1_000) + waitSeconds, MAX_LEASE_MS / 1_000);
    const messages = await this.#ask({ max, waitSeconds, visibilitySeconds });
    const leaseEndsAt = Math.min(clock.monotonic() + queue.leaseMs, requestedAt + visibilitySeconds * 1_000);
    const deliveries: SqsDelivery[] = [];
    for (const message of messages) {
      const delivery = this.#deliveryOf(message, { requestedAt, leaseEndsAt });
      if (delivery !== null) deliveries.push(delivery);
    }
    return deliveries;
  }

  async #ask(request: Omit<ReceiveRequest, 'attemptId'>): Promise<readonly ReceivedMessage[]> {
    const { operations, queue, fifo, ids } = this.#options;
    const attemptId = fifo ? (this.#lostAttempts.pop() ?? ids.next()) : null;
    try {
      return await operations.receive(queue.url, { ...request, attemptId });
    } catch (error) {
      if (attemptId !== null && this.#lostAttempts.length < MAX_LOST_ATTEMPTS) this.#lostAttempts.push(attemptId);
      throw error;
    }
  }

  #deliveryOf(
    message: ReceivedMessage,
    times: { readonly requestedAt: number; readonly leaseEndsAt: number },
  ): SqsDelivery | null {
    const { queue, clock, fifo, settlements, assertOpen } = this.#options;
    // From there it can go nowhere, so it is shown as what it is.
    const isDeadLetterQueue = queue.deadLetters.url === queue.url;
    const decode = (each: ReceivedMessage) => {
      try {
        return decodeContent(each);
      } catch (error) {
        if (isDeadLetterQueue) return this.#malformed(each);
        throw error;
      }
    };
    const options = { message, queue: queue.name, fifo, clock, settlements, assertOpen, decode, ...times };
    try {
      return new SqsDelivery(options);
    } catch (error) {
      void this.#setAside(message, { error, leaseEndsAt: times.leaseEndsAt });
      return null;
    }
  }

  /** Nobody can handle what is no message of ours: its bytes go to the dead-letter queue, where a person can look at them. */
  async #setAside(
    message: ReceivedMessage,
    { error, leaseEndsAt }: { readonly error: unknown; readonly leaseEndsAt: number },
  ): Promise<void> {
    const { queue, settlements, clock, fifo, onEvent } = this.#options;
    const reason = `No message of ours: ${summarizeError(error)}`;
    const mark = { reason, queue: queue.name, time: clock.now(), deliveryCount: message.receiveCount };
    const dead = markDeadLetter(this.#malformed(message), mark);
    try {
      await settlements.sendDeadLetter(encodeEntry(dead, { fifo, stay: `dead-letter-${message.messageId}` }));
      await settlements.remove({ receiptHandle: message.receiptHandle, label: queue.name, leaseEndsAt });
      onEvent({ kind: 'malformed', queue: queue.name, messageId: message.messageId, reason });
    } catch (failure) {
      // It comes again when its lease ends.
      onEvent({ kind: 'failed', activity: `set aside a message of "${queue.name}"`, reason: summarizeError(failure) });
    }
  }

  #malformed({ body, messageId }: ReceivedMessage) {
    return malformedEnvelope(Buffer.from(body), { id: messageId, queue: this.#options.queue.name });
  }
}
