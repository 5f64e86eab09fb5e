import type { QueueObjects } from './queue-objects.ts';

/** A statement of which only the values change. */
export interface QueueStatement {
  readonly text: string;
  /** Prepares it under this name, once per connection. */
  readonly name?: string;
}

/** Names the statements that are run for every batch. The names of two schemas or prefixes differ: they may share a connection. */
export class QueueStatements {
  readonly #start: string | null;

  constructor({ pullLock }: QueueObjects, options: { readonly prepared: boolean }) {
    this.#start = options.prepared ? `holdfast_queue_${(pullLock >>> 0).toString(36)}_` : null;
  }

  named(name: string, text: string): QueueStatement {
    return this.#start === null ? { text } : { text, name: `${this.#start}${name}` };
  }
}
