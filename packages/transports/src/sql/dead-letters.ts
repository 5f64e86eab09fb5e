import { encodeAttributes, integerOption } from '@holdfast/core';
import { type DeadLetter, readDeadLetter } from '../dead-letter/dead-letter.ts';
import type { PulledRow } from './store/claim-store.ts';
import type { DeadLetterStore } from './store/dead-letter-store.ts';
import type { QueueRecord } from './store/queue-record.ts';
import { storedAttributes } from './store/stored-attributes.ts';

/** Read and moved in one transaction. */
const PAGE = 500;

export interface SqlDeadLettersOptions {
  /** How many to list, the oldest first. @default 100 */
  readonly max?: number;
}

export interface SqlRedriveOptions {
  /** How many to move, the oldest first. @default all */
  readonly max?: number;
  /** Which to move. @default all */
  readonly where?: (letter: DeadLetter) => boolean;
}

interface Found {
  readonly position: number;
  readonly letter: DeadLetter;
}

/** The dead letters of one queue. */
export class DeadLetters {
  readonly #queue: QueueRecord;
  readonly #store: DeadLetterStore;

  constructor(queue: QueueRecord, store: DeadLetterStore) {
    this.#queue = queue;
    this.#store = store;
  }

  async list({ max }: SqlDeadLettersOptions): Promise<readonly DeadLetter[]> {
    const wanted = integerOption('max', max, { min: 1, default: 100 });
    const letters: DeadLetter[] = [];
    for await (const page of this.#pages()) {
      letters.push(...page.map(({ letter }) => letter).slice(0, wanted - letters.length));
      if (letters.length === wanted) break;
    }
    return letters;
  }

  async redrive({ max, where = () => true }: SqlRedriveOptions): Promise<number> {
    const wanted = integerOption('max', max, { min: 1, default: Number.MAX_SAFE_INTEGER });
    let moved = 0;
    for await (const page of this.#pages()) {
      const chosen = page.filter(({ letter }) => where(letter)).slice(0, wanted - moved);
      moved += await this.#store.redrive(
        this.#queue,
        chosen.map(({ position, letter }) => ({ position, attributes: encodeAttributes(letter.envelope.attributes) })),
      );
      if (moved >= wanted) break;
    }
    return moved;
  }

  /** In the order in which they became dead. */
  async *#pages(): AsyncGenerator<readonly Found[]> {
    let after = 0;
    for (;;) {
      const rows = await this.#store.list(this.#queue, { after, max: PAGE });
      yield rows.flatMap(foundOf);
      const last = rows.at(-1);
      if (rows.length < PAGE || last === undefined) return;
      after = last.position;
    }
  }
}

function foundOf({ position, id, source, type, key, attributes: text, body }: PulledRow): Found[] {
  const attributes = storedAttributes(text);
  const letter = attributes && readDeadLetter({ id, source, type, key, attributes, body });
  return letter === null ? [] : [{ position, letter }];
}
