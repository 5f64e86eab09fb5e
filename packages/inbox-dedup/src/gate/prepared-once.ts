import type { Received } from '../inbox/received.ts';
import type { Work } from '../inbox/work.ts';
import type { AnyWork } from './gate-options.ts';

/** A work for one message, whose `prepare` runs once, outside of the transactions in which it is applied. */
export class PreparedOnce<Tx> {
  readonly #work: AnyWork<Tx>;
  #prepared: { readonly value: unknown } | undefined;

  constructor(work: AnyWork<Tx>) {
    this.#work = work;
  }

  /** What to apply, or `null` while `prepare` has not run. */
  get work(): Work<Tx> | null {
    const work = this.#work;
    if (typeof work === 'function') return work;
    const prepared = this.#prepared;
    if (prepared === undefined) return null;
    return (message, context) => work.apply(message, { ...context, prepared: prepared.value });
  }

  async prepare({ message, signal, attempt }: Received): Promise<void> {
    if (typeof this.#work === 'function' || this.#prepared !== undefined) return;
    this.#prepared = { value: await this.#work.prepare(message, { signal, attempt }) };
  }
}
