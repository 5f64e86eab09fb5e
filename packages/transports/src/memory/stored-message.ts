import type { Envelope } from '@holdfast/core';
import type { ByteArena } from './byte-arena.ts';
import type { MemoryQueue } from './memory-queue.ts';

const NO_ATTRIBUTES: readonly string[] = Object.freeze([]);

export interface StoreOptions {
  readonly arena: ByteArena;
  /** On `Clock.monotonic()`. */
  readonly storedAt: number;
  /** The queue that a dead letter came from. */
  readonly origin?: MemoryQueue | null;
}

/**
 * A message inside the broker: a copy that neither the sender nor a receiver can change. Several queues share one.
 * Attributes are kept as `[name, value, name, value, …]`, because an object without a prototype takes several times as much.
 */
export class StoredMessage {
  readonly storedAt: number;
  readonly origin: MemoryQueue | null;
  readonly #id: string;
  readonly #source: string;
  readonly #type: string;
  readonly #key: string | null;
  readonly #attributes: readonly string[];
  readonly #chunk: Uint8Array;
  readonly #offset: number;
  readonly #length: number;

  constructor(envelope: Envelope, { arena, storedAt, origin = null }: StoreOptions) {
    this.storedAt = storedAt;
    this.origin = origin;
    this.#id = envelope.id;
    this.#source = envelope.source;
    this.#type = envelope.type;
    this.#key = envelope.key;
    this.#attributes = flatten(envelope.attributes);
    this.#offset = arena.add(envelope.body);
    this.#chunk = arena.chunk;
    this.#length = envelope.body.length;
  }

  /** A new envelope with its own bytes. */
  restore(arena: ByteArena): Envelope {
    return {
      id: this.#id,
      source: this.#source,
      type: this.#type,
      key: this.#key,
      attributes: unflatten(this.#attributes),
      body: arena.copy(this.#chunk.subarray(this.#offset, this.#offset + this.#length)),
    };
  }
}

function flatten(attributes: Readonly<Record<string, string>>): readonly string[] {
  const names = Object.keys(attributes);
  if (names.length === 0) return NO_ATTRIBUTES;
  const flat = new Array<string>(names.length * 2);
  let index = 0;
  for (const name of names) {
    flat[index] = name;
    flat[index + 1] = attributes[name] ?? '';
    index += 2;
  }
  return flat;
}

function unflatten(flat: readonly string[]): Record<string, string> {
  const attributes: Record<string, string> = Object.create(null);
  for (let index = 0; index < flat.length; index += 2) attributes[flat[index] ?? ''] = flat[index + 1] ?? '';
  return attributes;
}
