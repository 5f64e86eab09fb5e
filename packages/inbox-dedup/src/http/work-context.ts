import { InvalidOptionError, type OutgoingMessage } from '@holdfast/core';
import type { HttpIdempotencySettings } from './http-idempotency-options.ts';
import type { IdempotentContext } from './idempotent-work.ts';

export interface WorkContextInput<Tx> {
  readonly tx: Tx;
  readonly idempotencyKey: string | null;
  readonly signal: AbortSignal;
}

export function workContext<Tx>(
  { outbox }: Pick<HttpIdempotencySettings<Tx>, 'outbox'>,
  input: WorkContextInput<Tx>,
): IdempotentContext<Tx> {
  return {
    ...input,
    async send(messages: OutgoingMessage | readonly OutgoingMessage[]): Promise<void> {
      if (outbox === undefined)
        throw new InvalidOptionError('outbox', outbox, 'an Outbox, for the work to send messages');
      await outbox.enqueue(input.tx, isList(messages) ? messages : [messages]);
    },
  };
}

function isList(messages: OutgoingMessage | readonly OutgoingMessage[]): messages is readonly OutgoingMessage[] {
  return Array.isArray(messages);
}
