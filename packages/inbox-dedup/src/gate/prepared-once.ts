import type { Received } from '../inbox/received.ts';
import type { AnyWork, PreparedWork, Work } from '../inbox/work.ts';

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
    return this.#prepared === undefined ? null : applying(work, this.#prepared.value);
  }

  async prepare({ message, signal, attempt }: Received): Promise<Work<Tx>> {
    const work = this.#work;
    if (typeof work === 'function') return work;
    this.#prepared ??= { value: await work.prepare(message, { signal, attempt }) };
    return applying(work, this.#prepared.value);
  }
}

function applying<Tx>(work: PreparedWork<Tx, unknown>, prepared: unknown): Work<Tx> {
  return (message, context) => work.apply(message, { ...context, prepared });
}
