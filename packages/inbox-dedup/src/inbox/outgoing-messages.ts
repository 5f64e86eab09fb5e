import { type Enqueuer, InvalidOptionError, type Message, type OutgoingMessage } from '@holdfast/core';

/** What the works of one transaction send. */
export class OutgoingMessages<Tx> {
  readonly #tx: Tx;
  readonly #outbox: Enqueuer<Tx> | undefined;
  readonly #sent: Promise<void>[] = [];

  constructor(tx: Tx, outbox: Enqueuer<Tx> | undefined) {
    this.#tx = tx;
    this.#outbox = outbox;
  }

  /** Sends in the transaction. Left to itself, a message gets its causation and correlation from its cause. */
  send(messages: OutgoingMessage | readonly OutgoingMessage[], cause: Message | undefined): Promise<void> {
    const sent = this.#enqueue(isList(messages) ? messages : [messages], cause);
    // A work may wait for nothing, or swallow it: what counts is what `settled` tells.
    sent.catch(() => {});
    this.#sent.push(sent);
    return sent;
  }

  /** Rejects when anything was not sent, also when the work did not wait for it: nothing may be committed without it. */
  async settled(): Promise<void> {
    for (const sent of this.#sent) await sent;
  }

  async #enqueue(messages: readonly OutgoingMessage[], cause: Message | undefined): Promise<void> {
    if (this.#outbox === undefined) {
      throw new InvalidOptionError('outbox', undefined, 'an outbox, so that works can send');
    }
    if (messages.length === 0) return;
    await this.#outbox.enqueue(this.#tx, cause === undefined ? messages : messages.map((one) => causedBy(cause, one)));
  }
}

/** A message that belongs to no workflow yet begins one. */
function causedBy({ id, attributes }: Message, message: OutgoingMessage): OutgoingMessage {
  const { causationId = id, correlationId = attributes['correlationid'] ?? id } = message;
  return { ...message, causationId, correlationId };
}

function isList(messages: OutgoingMessage | readonly OutgoingMessage[]): messages is readonly OutgoingMessage[] {
  return Array.isArray(messages);
}
