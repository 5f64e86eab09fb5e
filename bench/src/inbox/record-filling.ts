import type { Envelope } from '@holdfast/core';
import type { InboxDatabase } from './inbox-database.ts';

/** Rows of one statement. */
const CHUNK = 500_000;
/** Over how long the records are spread: as long as they are kept. */
const DAYS = 15;

const stepMs = (count: number) => (DAYS * 86_400_000) / count;

/**
 * The id of the message with number `n`: a UUIDv7, ordered by time, with a tail that looks like chance and can be told
 * again. `$1` is the time of number 0 in milliseconds, `$2` the time between two messages.
 */
const idExpression =
  "(substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-7' || substr(m, 1, 3) || '-8' || substr(m, 4, 3) || '-' || substr(m, 7, 12))";
const numbersToIds =
  "cross join lateral (select lpad(to_hex(($1::float8 + n * $2::float8)::bigint), 12, '0') as h, md5(n::text) as m) hex";

/** Records of messages that were handled within the last days, as many as somebody asks for. */
export class RecordFilling {
  readonly #database: InboxDatabase;
  readonly #template: Envelope;
  readonly #count: number;
  readonly #startMs = Date.now() - DAYS * 86_400_000;

  /** @param template whose record is there already; all others are of messages with this body */
  constructor(database: InboxDatabase, { template, count }: { readonly template: Envelope; readonly count: number }) {
    this.#database = database;
    this.#template = template;
    this.#count = count;
  }

  async fill(): Promise<void> {
    for (let done = 0; done < this.#count; done += CHUNK) {
      await this.#database.run(
        'insert into holdfast_inbox (consumer, source, id, digest, received_at) ' +
          `select consumer, source, ${idExpression}, digest, to_timestamp(($1::float8 + n * $2::float8) / 1000) ` +
          `from holdfast_inbox, generate_series($3::bigint, $4::bigint) n ${numbersToIds} where id = $5 order by n`,
        [this.#startMs, stepMs(this.#count), done, Math.min(this.#count, done + CHUNK) - 1, this.#template.id],
      );
    }
    await this.#database.settle('holdfast_inbox');
  }

  /** Messages that are recorded, from all of the time, as a redelivery would bring them. */
  async duplicates(count: number): Promise<readonly Envelope[]> {
    const rows = await this.#database.run(
      `select ${idExpression} as id from (select (random() * ($3::bigint - 1))::bigint as n ` +
        `from generate_series(1, $4::int)) numbers ${numbersToIds}`,
      [this.#startMs, stepMs(this.#count), this.#count, count],
    );
    return rows.map(({ id }) => ({ ...this.#template, id: String(id) }));
  }
}
