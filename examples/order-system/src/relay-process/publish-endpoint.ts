import type { Publisher, Receipt } from '@holdfast/core';
import { receivedEnvelope } from '../processes/received-envelope.ts';
import { allSettled, type FromRelay, type ToRelay } from './process-messages.ts';

type PublishCall = Extract<FromRelay, { kind: 'publish' }>;

/**
 * The parent's end of one relay process: hands its messages to the broker and answers with receipts. What the relay sent
 * before it heard of a failure is not handed on, because it may follow the message that was not taken.
 */
export class PublishEndpoint {
  readonly #publisher: Publisher;
  readonly #answer: (message: ToRelay) => void;
  #failuresTold = 0;

  constructor(publisher: Publisher, answer: (message: ToRelay) => void) {
    this.#publisher = publisher;
    this.#answer = answer;
  }

  async receive({ call, failuresHeard, batch }: PublishCall): Promise<void> {
    const receipts =
      failuresHeard < this.#failuresTold
        ? batch.map((): Receipt => ({ outcome: 'unavailable', reason: 'an earlier message was not taken' }))
        : await this.#publisher.publish(batch.map(receivedEnvelope));
    if (!allSettled(receipts)) this.#failuresTold += 1;
    this.#answer({ kind: 'receipts', call, receipts });
  }
}
