import { InvalidOptionError } from '@holdfast/core';
import type { QueueProperties } from '../topology/queue-properties.ts';

/** All but what a tag's value may hold; `+` separates, and `=` escapes. */
const ESCAPED = /[^A-Za-z0-9_.:/@-]/gu;
const MAX_VALUE = 256;
const MAX_CHUNKS = 40;

export type DeliveryMode = 'direct' | 'fan-out';

/** What the tags of a queue say about it, so that every process finds it. */
export interface TaggedQueue {
  readonly kind: 'queue' | 'dead-letters';
  readonly namespace: string;
  /** `types` of a dead-letter queue are empty, and its `deadLetterQueue` is its own name. */
  readonly properties: QueueProperties;
  /** How messages come into it. */
  readonly delivery: DeliveryMode;
}

const names = Object.freeze({
  kind: 'holdfast:kind',
  namespace: 'holdfast:namespace',
  queue: 'holdfast:queue',
  types: 'holdfast:types',
  deadLetterQueue: 'holdfast:dead-letter-queue',
  leaseMs: 'holdfast:lease-ms',
  delivery: 'holdfast:delivery',
});

/**
 * The declaration as tags, readable for people: types are separated by `+`, characters that tags do not allow are
 * `=` and their UTF-8 bytes in hex (`*` is `=2A`), and what is longer than 256 goes on in `<tag>.1`, `<tag>.2`, …
 * @throws InvalidOptionError when there are too many types
 */
export function tagsOf({ kind, namespace, properties, delivery }: TaggedQueue): Record<string, string> {
  const tags: Record<string, string> = {};
  addTag(tags, names.kind, kind);
  addTag(tags, names.namespace, escaped(namespace));
  addTag(tags, names.queue, escaped(properties.queue));
  addTag(tags, names.deadLetterQueue, escaped(properties.deadLetterQueue));
  addTag(tags, names.leaseMs, String(properties.leaseMs));
  addTag(tags, names.delivery, delivery);
  if (kind === 'queue') addTag(tags, names.types, properties.types.map(escaped).join('+'));
  return tags;
}

/** The reverse of {@link tagsOf}; `null` for a queue that has other tags. */
export function readTags(tags: Readonly<Record<string, string>>): TaggedQueue | null {
  const kind = tags[names.kind];
  const queue = unescaped(readTag(tags, names.queue));
  const leaseMs = Number(tags[names.leaseMs]);
  const delivery = tags[names.delivery];
  if (kind !== 'queue' && kind !== 'dead-letters') return null;
  if (delivery !== 'direct' && delivery !== 'fan-out') return null;
  if (queue === '' || !Number.isSafeInteger(leaseMs) || leaseMs < 1) return null;
  const types = readTag(tags, names.types);
  return {
    kind,
    namespace: unescaped(readTag(tags, names.namespace)),
    delivery,
    properties: {
      queue,
      types: types === '' ? [] : types.split('+').map(unescaped).sort(),
      deadLetterQueue: unescaped(readTag(tags, names.deadLetterQueue)),
      leaseMs,
    },
  };
}

function addTag(tags: Record<string, string>, name: string, value: string): void {
  const chunks = Math.ceil(value.length / MAX_VALUE);
  if (chunks > MAX_CHUNKS) {
    throw new InvalidOptionError('types', `${value.length} characters`, `at most ${MAX_CHUNKS * MAX_VALUE} characters`);
  }
  for (let chunk = 0; chunk < chunks; chunk += 1) {
    tags[chunk === 0 ? name : `${name}.${chunk}`] = value.slice(chunk * MAX_VALUE, (chunk + 1) * MAX_VALUE);
  }
}

function readTag(tags: Readonly<Record<string, string>>, name: string): string {
  let value = tags[name] ?? '';
  for (let chunk = 1; tags[`${name}.${chunk}`] !== undefined; chunk += 1) value += tags[`${name}.${chunk}`];
  return value;
}

function escaped(text: string): string {
  return text.replace(ESCAPED, hexOf);
}

function hexOf(character: string): string {
  return Array.from(Buffer.from(character), (byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}

function unescaped(text: string): string {
  const bytes = Buffer.from(
    text.replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
  return bytes.toString('utf8');
}
