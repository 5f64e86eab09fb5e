import type { Envelope } from '@holdfast/core';

/** The attributes that a transport adds to a message when it moves to a dead-letter queue. */
export const deadLetterAttributes = Object.freeze({
  reason: 'deadletterreason',
  /** The queue that it was taken from. */
  queue: 'deadletterqueue',
  /** When it was dead-lettered: RFC 3339, in UTC. */
  time: 'deadlettertime',
  /** How often it had been delivered. */
  count: 'deadlettercount',
});

/** Keeps the attribute, name and value, below the size that a receiver takes by default (1,024 bytes). */
const MAX_REASON_CHARACTERS = 240;
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\ufeff]/gu;
const added: ReadonlySet<string> = new Set(Object.values(deadLetterAttributes));

export interface DeadLetterMark {
  readonly reason: string;
  readonly queue: string;
  /** Milliseconds since the Unix epoch. */
  readonly time: number;
  readonly deliveryCount: number;
}

/** A dead letter: the message as it was sent, and what became of it. */
export interface DeadLetter extends DeadLetterMark {
  readonly envelope: Envelope;
}

/** The message as it is kept in a dead-letter queue: the same bytes, with the mark in its attributes. */
export function markDeadLetter(envelope: Envelope, mark: DeadLetterMark): Envelope {
  const attributes = withoutMark(envelope.attributes);
  attributes[deadLetterAttributes.reason] = oneLine(mark.reason);
  attributes[deadLetterAttributes.queue] = mark.queue;
  attributes[deadLetterAttributes.time] = new Date(mark.time).toISOString();
  attributes[deadLetterAttributes.count] = String(mark.deliveryCount);
  return { ...envelope, attributes };
}

/** Reads a message from a dead-letter queue; `null` when it carries no mark. The envelope in it is as it was sent. */
export function readDeadLetter(envelope: Envelope): DeadLetter | null {
  const { reason, queue, time, count } = deadLetterAttributes;
  const { [reason]: why, [queue]: from, [time]: when = '', [count]: times = '' } = envelope.attributes;
  if (why === undefined || from === undefined) return null;
  return {
    envelope: { ...envelope, attributes: withoutMark(envelope.attributes) },
    reason: why,
    queue: from,
    time: Date.parse(when),
    deliveryCount: Number(times),
  };
}

function withoutMark(attributes: Readonly<Record<string, string>>): Record<string, string> {
  const kept: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(attributes)) {
    if (!added.has(name)) kept[name] = value;
  }
  return kept;
}

function oneLine(reason: string): string {
  return reason.slice(0, MAX_REASON_CHARACTERS).toWellFormed().replace(UNPRINTABLE, ' ');
}
