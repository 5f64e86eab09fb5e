import type { AnyEventDefinition, Message, OutgoingMessage } from '@holdfast/core';

export interface Reception {
  readonly event: AnyEventDefinition;
  /** Of a message that has none yet. */
  readonly id: string;
  /** Of a message that was not sent. */
  readonly source: string;
  readonly now: number;
}

/** A message as a receiver gets it: through JSON and through its event's schema. @throws SchemaValidationError */
export function asReceived(given: Message | OutgoingMessage, { event, id, source, now }: Reception): Message {
  const data = event(JSON.parse(JSON.stringify(given.data) ?? 'null') as never).data;
  if ('attributes' in given) return { ...given, data };
  const { subject, dataschema, correlationId, causationId, extensions } = given;
  const attributes: Readonly<Record<string, string>> = {
    ...extensions,
    ...(subject !== undefined && { subject }),
    ...(dataschema !== undefined && { dataschema }),
    ...(correlationId !== undefined && { correlationid: correlationId }),
    ...(causationId !== undefined && { causationid: causationId }),
  };
  return {
    id: given.id ?? id,
    source,
    type: given.type,
    key: given.key ?? null,
    time: now,
    data,
    attributes: Object.assign(Object.create(null), attributes),
  };
}
