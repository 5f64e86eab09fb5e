import type { SqliteHandle } from '../sqlite/open-database.ts';

/** Something that must hold after every run, whatever went wrong in it. */
export interface Invariant {
  readonly name: string;
  readonly ok: boolean;
  /** The numbers behind it; of a broken one also examples. */
  readonly detail: string;
}

/** Looks at the databases of all services; it alone may. The order service's is `main`, the others go by their names. */
export type Check = (db: SqliteHandle) => Invariant;

const MAX_EXAMPLES = 3;

/** What a query finds is wrong; its first column names each. */
export class Violations {
  readonly #found: string[] = [];

  /** `what` follows the number: `3 messages missing (a, b, c)`. */
  add(count: number, what: string, examples: readonly string[] = []): this {
    const named = examples.length === 0 ? '' : ` (${examples.join(', ')}${count > examples.length ? ', …' : ''})`;
    if (count > 0) this.#found.push(`${count.toLocaleString('en')} ${what}${named}`);
    return this;
  }

  query(db: SqliteHandle, what: string, sql: string): this {
    const rows = db.prepare<[], string>(`select * from (${sql})`).pluck().iterate();
    const examples: string[] = [];
    let count = 0;
    for (const row of rows) {
      count += 1;
      if (examples.length < MAX_EXAMPLES) examples.push(String(row));
    }
    return this.add(count, what, examples);
  }

  /** The invariant: it holds when nothing was found. */
  invariant(name: string, detail: string): Invariant {
    const ok = this.#found.length === 0;
    return { name, ok, detail: ok ? detail : `${this.#found.join('; ')} – ${detail}` };
  }
}

/** One number of a query, exact. */
export function numberOf(db: SqliteHandle, sql: string): bigint {
  const value = db.prepare<[], bigint | null>(sql).pluck().safeIntegers().get();
  return value ?? 0n;
}
