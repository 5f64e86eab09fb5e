import type { OutgoingMessages } from '../inbox/outgoing-messages.ts';
import type { IdempotentContext } from './idempotent-work.ts';

export interface WorkContextInput<Tx> {
  readonly tx: Tx;
  readonly idempotencyKey: string | null;
  readonly signal: AbortSignal;
}

export function workContext<Tx>(input: WorkContextInput<Tx>, outgoing: OutgoingMessages<Tx>): IdempotentContext<Tx> {
  return { ...input, send: (messages) => outgoing.send(messages, undefined) };
}
