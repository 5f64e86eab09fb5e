import type { Message, OutgoingMessage } from '@holdfast/core';

export interface Sending {
  /** Of a message that has none yet. */
  readonly id: string;
  readonly source: string;
  readonly now: number;
}

/** A sent message as it arrives, its data through JSON, before its event's schema has seen it. */
export function receivedMessage(sent: OutgoingMessage, { id, source, now }: Sending): Message {
  const { subject, dataschema, correlationId, causationId, extensions } = sent;
  const attributes: Readonly<Record<string, string>> = {
    ...extensions,
    ...(subject !== undefined && { subject }),
    ...(dataschema !== undefined && { dataschema }),
    ...(correlationId !== undefined && { correlationid: correlationId }),
    ...(causationId !== undefined && { causationid: causationId }),
  };
  return {
    id: sent.id ?? id,
    source,
    type: sent.type,
    key: sent.key ?? null,
    time: now,
    data: JSON.parse(JSON.stringify(sent.data) ?? 'null'),
    attributes: Object.assign(Object.create(null), attributes),
  };
}
