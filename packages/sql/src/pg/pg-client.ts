import type { SqlRow } from '../statement.ts';

/** The part of a `pg` query's configuration that we use. */
export interface PgQueryConfig {
  text: string;
  values?: unknown[];
  name?: string;
  /** Milliseconds after which the driver gives up waiting. */
  query_timeout?: number;
}

/** The part of a `pg` result that we use. */
export interface PgQueryResult {
  readonly rows: SqlRow[];
  readonly rowCount: number | null;
  /** The command tag without its counts, e.g. `COMMIT`. */
  readonly command: string;
}

/** The part of a `pg` client that we use: a `Client`, a client of a `Pool`, or anything of the same shape. */
export interface PgClientLike {
  query(config: PgQueryConfig): Promise<PgQueryResult>;
  /** From pg 8.17: `I` outside of a transaction, `T` in one, `E` in a failed one, as the server said last. */
  getTransactionStatus?(): 'I' | 'T' | 'E' | null;
  /** pg 8.23: queries are sent without waiting for the one before. */
  readonly pipeline?: boolean;
}

/** What a client tells when its connection ends. */
export interface PgClientEvents {
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
  removeListener(event: 'error', listener: (error: Error) => void): unknown;
  removeListener(event: 'end', listener: () => void): unknown;
  /** The socket, to be cut when the server does not answer: a goodbye would wait for it. */
  readonly connection?: { readonly stream?: { destroy(): unknown; cork?(): void; uncork?(): void } };
}

/** The part of a dedicated client that a listener uses. */
export interface PgListenerClientLike extends PgClientEvents {
  connect(): Promise<unknown>;
  query(config: PgQueryConfig): Promise<unknown>;
  end(): Promise<void>;
  on(event: 'notification', listener: (notification: { readonly payload?: string | undefined }) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
}

/** The part of a pool's client that we use. */
export interface PgPoolClientLike extends PgClientLike, PgClientEvents {
  /** `true` destroys the connection instead of returning it to the pool. */
  release(destroy?: boolean): void;
}

/** The part of a `pg` `Pool` that we use. Its owner must listen to its `error` event, or idle clients end the process. */
export interface PgPoolLike {
  connect(): Promise<PgPoolClientLike>;
}
