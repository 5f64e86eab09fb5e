import type { SqlRow } from '@holdfast/sql';

/** A query as `pg` takes it. */
export interface QueryInputConfig {
  readonly text: string;
  readonly values?: readonly unknown[] | undefined;
  readonly name?: string | undefined;
  readonly rowMode?: string | undefined;
  /** Virtual milliseconds after which the client gives up waiting. */
  readonly query_timeout?: number | undefined;
}

export type QueryInput = string | QueryInputConfig;

/** What `pg` resolves with, as far as it is in use. */
export interface QueryAnswer {
  rows: SqlRow[];
  rowCount: number | null;
  command: string;
}

export function queryConfig(input: QueryInput, values?: readonly unknown[]): QueryInputConfig {
  const config = typeof input === 'string' ? { text: input } : input;
  return values === undefined ? config : { ...config, values };
}
