import type { AnyWork } from '../inbox/work.ts';
import type { Gates } from './gate-options.ts';

/** What is done with parked messages: the work that their gate declares, or the last one for their type. */
export class GateWorks<Tx> {
  readonly #byStream = new Map<string, AnyWork<Tx>>();
  readonly #byType = new Map<string, AnyWork<Tx>>();

  constructor(gates: Gates<Tx>) {
    for (const [stream, { work }] of Object.entries(gates)) {
      if (work !== undefined) this.#byStream.set(stream, work);
    }
  }

  /** Streams whose every message has a work. */
  get streams(): readonly string[] {
    return [...this.#byStream.keys()];
  }

  /** Types that have a work in any stream. */
  get types(): readonly string[] {
    return [...this.#byType.keys()];
  }

  /** A message of the type is handled with this work: the next ones are, too. Types are those of messages that were decoded, so they are few. */
  learn(type: string, work: AnyWork<Tx>): void {
    this.#byType.set(type, work);
  }

  of(stream: string, type: string): AnyWork<Tx> | undefined {
    return this.#byStream.get(stream) ?? this.#byType.get(type);
  }
}
