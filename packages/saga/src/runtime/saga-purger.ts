import type { SagaParts } from './saga-parts.ts';

export interface SagaPurgerOptions<Tx> {
  readonly parts: SagaParts<Tx>;
  /** Instances that one statement removes. */
  readonly chunk: number;
  /** Called after every chunk. */
  readonly onChunk: () => void;
}

const SHORTEST_PAUSE_MS = 2;
/** Who forgets finished instances at once may still get events late whose instance has not begun. */
const SHORTEST_UNMATCHED_MS = 86_400_000;

/** Removes what is over, chunk by chunk. Between chunks it rests as long as the last one took, so that others get through. */
export class SagaPurger<Tx> {
  readonly #options: SagaPurgerOptions<Tx>;

  constructor(options: SagaPurgerOptions<Tx>) {
    this.#options = options;
  }

  /** Until nothing is due, or `signal` is aborted. Returns how much it removed. */
  async purge(signal: AbortSignal): Promise<{ readonly instances: number; readonly parked: number }> {
    const { definitions, store, transactions } = this.#options.parts;
    const { sagas } = definitions;
    const instances = await this.#chunks(signal, (limit) => store.retention.purge(transactions, { sagas, limit }));
    let parked = 0;
    for (const saga of sagas) {
      const olderThanMs = Math.max(
        SHORTEST_UNMATCHED_MS,
        ...definitions.versions(saga).map(({ retentionMs }) => retentionMs),
      );
      parked += await this.#chunks(signal, (limit) =>
        store.retention.purgeUnmatched(transactions, { saga, olderThanMs, limit }),
      );
    }
    return { instances, parked };
  }

  async #chunks(signal: AbortSignal, remove: (limit: number) => Promise<number>): Promise<number> {
    const { parts, chunk, onChunk } = this.#options;
    let total = 0;
    while (!signal.aborted) {
      const began = parts.clock.monotonic();
      const removed = await remove(chunk);
      total += removed;
      onChunk();
      if (removed < chunk) break;
      await parts.clock.sleep(Math.max(SHORTEST_PAUSE_MS, parts.clock.monotonic() - began), signal);
    }
    return total;
  }
}
