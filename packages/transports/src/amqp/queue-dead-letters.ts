import type { Envelope } from '@holdfast/core';
import { readDeadLetter } from '../dead-letter/dead-letter.ts';
import { malformedEnvelope } from '../dead-letter/malformed-envelope.ts';
import type { AmqpSettings } from './amqp-settings.ts';
import type { ConsumerSession, HeldMessage } from './consumer-session.ts';
import { decodeMessage, deliveryCountOf, isMalformed } from './message-codec.ts';
import type { MessageMover } from './message-mover.ts';

export interface QueueDeadLettersOptions {
  readonly queue: string;
  readonly settings: AmqpSettings;
  readonly mover: MessageMover;
}

/** A message that is held, and where. */
export interface DeadMessage {
  readonly held: HeldMessage;
  readonly session: ConsumerSession;
  readonly reason: string;
}

/** How long a message is held that is malformed and cannot be moved now. */
const AGAIN_MS = 1_000;

/** Puts messages of one queue among its dead letters. */
export class QueueDeadLetters {
  readonly #options: QueueDeadLettersOptions;

  constructor(options: QueueDeadLettersOptions) {
    this.#options = options;
  }

  /** Copies it; it is still to be acked. A dead letter that is read and refused again keeps where it came from. */
  async add(envelope: Envelope, { held, session, reason }: DeadMessage): Promise<void> {
    const { queue, settings, mover } = this.#options;
    const mark = {
      reason,
      queue: readDeadLetter(envelope)?.queue ?? queue,
      time: settings.clock.now(),
      deliveryCount: deliveryCountOf(held.message),
    };
    await mover.deadLetter(envelope, { message: held.message, terms: session.terms, mark });
  }

  /** The event in a message; `null` for what is none, which is moved, or given back when that cannot be done now. */
  readOrMove(held: HeldMessage, session: ConsumerSession): Envelope | null {
    try {
      return decodeMessage(held.message);
    } catch (error) {
      void this.#move(held, session, isMalformed(error) ? error.reason : 'its headers cannot be read');
      return null;
    }
  }

  async #move(held: HeldMessage, session: ConsumerSession, problem: string): Promise<void> {
    const { queue, settings } = this.#options;
    const { messageId } = held.message.properties;
    const id = typeof messageId === 'string' && messageId !== '' ? messageId : settings.ids.next();
    const reason = `It is not a CloudEvent: ${problem}.`;
    try {
      await this.add(malformedEnvelope(held.message.content, { id, queue }), { held, session, reason });
      await session.ack(held);
      settings.onEvent({ type: 'malformed', queue, reason });
    } catch {
      // The dead-letter queue cannot be reached now, or the channel was lost. It comes again.
      await settings.clock.sleep(AGAIN_MS);
      session.giveBack(held);
    }
  }
}
