import type { Envelope, OutgoingMessage } from '@holdfast/core';
import type { Inbox, Work } from '@holdfast/inbox-dedup';
import type { Outbox } from '@holdfast/outbox';
import type { ServerTransaction, SqlServer } from './sql-server.ts';

export interface TeamHandlerParts {
  readonly inbox: Inbox<ServerTransaction>;
  readonly outbox: Outbox<ServerTransaction>;
  readonly transactions: ReturnType<SqlServer['runner']>;
  readonly work: Work<ServerTransaction>;
}

/** How a team hands a message to its inbox: record, effect and what is sent in one transaction. */
export async function handleOnce(parts: TeamHandlerParts, envelope: Envelope, attempt: number): Promise<void> {
  await parts.inbox.handle(envelope, parts.work, { attempt });
}

/** What a work has sent, kept aside. */
export function keptAside(work: Work<ServerTransaction>): {
  readonly work: Work<ServerTransaction>;
  readonly messages: OutgoingMessage[];
} {
  const messages: OutgoingMessage[] = [];
  const send = async (sent: OutgoingMessage | readonly OutgoingMessage[]) => {
    messages.push(...(Array.isArray(sent) ? sent : [sent]));
  };
  return {
    messages,
    work: async (message, context) => {
      messages.length = 0;
      await work(message, { ...context, send });
      for (const [index, one] of messages.entries()) messages[index] = { ...one, causationId: message.id };
    },
  };
}
