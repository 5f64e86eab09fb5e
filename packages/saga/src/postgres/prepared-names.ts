import { createHash } from 'node:crypto';
import type { TableNames } from '@holdfast/sql';

export interface PreparedNamesOptions {
  readonly prepared: boolean;
}

/** Names of prepared statements. */
export class PreparedNames {
  readonly #prefix: string | null;

  constructor(names: TableNames, { prepared }: PreparedNamesOptions) {
    // Two stores with tables of their own may share a connection.
    const unique = createHash('sha256').update(names.table('saga')).digest('hex').slice(0, 8);
    this.#prefix = prepared ? `${names.prefix}_${unique}_saga` : null;
  }

  /** A statement's `name`, or nothing. */
  of(what: string): { readonly name?: string } {
    return this.#prefix === null ? {} : { name: `${this.#prefix}_${what}` };
  }
}
