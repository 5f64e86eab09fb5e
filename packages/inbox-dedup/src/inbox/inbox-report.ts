import { isHoldfastError, type Telemetry } from '@holdfast/core';
import type { GateEvent } from '../gate/gate-event.ts';
import type { InboxEvent, InboxEventListener } from './inbox-event.ts';
import type { Received } from './received.ts';
import type { HandleOutcome } from './work.ts';

const SYSTEM = 'holdfast_inbox';

const HANDLED = {
  name: 'holdfast.inbox.handled',
  unit: '{message}',
  description: 'Messages that were handled, by what became of them.',
};

export interface InboxReportOptions {
  readonly consumer: string;
  readonly telemetry: Telemetry;
  readonly onEvent: InboxEventListener | undefined;
}

/** Tells what became of messages: metrics, spans that are linked to those of the senders, and events. */
export class InboxReport {
  readonly #options: InboxReportOptions;

  constructor(options: InboxReportOptions) {
    this.#options = options;
  }

  /** Runs `run` in a span about the messages. */
  inSpan<Result>(messages: readonly Received[], run: () => Promise<Result>): Promise<Result> {
    const { consumer, telemetry } = this.#options;
    const [first] = messages;
    const span = {
      system: SYSTEM,
      destination: consumer,
      group: consumer,
      ...(messages.length === 1 ? { messageId: first?.envelope.id } : { messageCount: messages.length }),
      traceparents: messages.map(({ envelope }) => envelope.attributes['traceparent']),
    };
    return telemetry.consumerSpan(span, run);
  }

  done({ envelope }: Received, outcome: HandleOutcome): void {
    this.#count(outcome, envelope.type);
  }

  failed({ envelope }: Received, error: unknown): void {
    if (!isHoldfastError(error, 'ERR_INBOX_ID_REUSED')) {
      this.#count('failed', envelope.type);
      return;
    }
    this.#count('id-reused', envelope.type);
    this.emit({
      type: 'id-reused',
      consumer: this.#options.consumer,
      source: envelope.source,
      messageId: envelope.id,
      messageType: envelope.type,
    });
  }

  /** A message that was parked, and counted as that, is counted again when it is released. */
  gated(event: GateEvent): void {
    if (event.type === 'released') this.#count('released', event.messageType);
    this.emit(event);
  }

  /** Its type is not told: it comes from outside, and may be any text. */
  undecodable(): void {
    this.#count('failed', undefined);
  }

  emit(event: InboxEvent): void {
    try {
      this.#options.onEvent?.(event);
    } catch {
      // A listener that fails must not make messages fail.
    }
  }

  #count(outcome: string, type: string | undefined): void {
    const { consumer, telemetry } = this.#options;
    telemetry.add(HANDLED, 1, {
      'messaging.consumer.group.name': consumer,
      'holdfast.event.type': type,
      'holdfast.outcome': outcome,
    });
  }
}
