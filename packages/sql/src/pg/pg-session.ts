import { classifyPostgresError, type PostgresErrorClass, sqlState } from '../errors/classify-postgres-error.ts';
import { DatabaseTimeoutError } from '../errors/database-timeout-error.ts';
import { DatabaseUnavailableError } from '../errors/database-unavailable-error.ts';
import type { SqlStatement } from '../statement.ts';
import { statementSummary } from '../statement-summary.ts';
import type { PgPoolClientLike, PgPoolLike, PgQueryResult } from './pg-client.ts';
import { pgQueryConfig } from './pg-query-config.ts';

export interface PgSessionTimeouts {
  readonly statementTimeoutMs: number;
  readonly connectTimeoutMs: number;
}

/**
 * One client of a pool, from check-out to release. Every wait is bounded; a connection that failed or did not answer
 * is destroyed at release, because what it still has to say belongs to nobody.
 */
export class PgSession {
  readonly client: PgPoolClientLike;
  readonly #statementTimeoutMs: number;
  #failure: Error | undefined;
  #firstError: unknown;

  private constructor(client: PgPoolClientLike, statementTimeoutMs: number) {
    this.client = client;
    this.#statementTimeoutMs = statementTimeoutMs;
    // A client that is checked out has no other listener, and an "error" event without one ends the process.
    client.on('error', this.#onError);
    client.on('end', this.#onEnd);
  }

  static async checkOut(pool: PgPoolLike, timeouts: PgSessionTimeouts): Promise<PgSession> {
    return new PgSession(await connectWithin(pool, timeouts.connectTimeoutMs), timeouts.statementTimeoutMs);
  }

  /** Why the connection can no longer be used, if so. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** The first answer that was an error, which is what aborted the transaction. */
  get firstError(): unknown {
    return this.#firstError;
  }

  /** Not with `pg-native`, which encodes values only when it sends: too late to keep COMMIT back for one it refuses. */
  get pipelined(): boolean {
    return this.client.pipeline === true && !('native' in this.client);
  }

  /** Sends at once, also before the statement ahead of it is answered when the client is pipelined. */
  async query(statement: SqlStatement): Promise<PgQueryResult> {
    try {
      return await this.client.query(pgQueryConfig(statement, this.#statementTimeoutMs));
    } catch (error) {
      throw this.#translated(error, statement);
    }
  }

  /** Keeps what a pipelined client sends until {@link flush}, so that it leaves in one write to the socket. */
  hold(): void {
    if (this.pipelined) this.client.connection?.stream?.cork?.();
  }

  flush(): void {
    if (this.pipelined) this.client.connection?.stream?.uncork?.();
  }

  release(): void {
    this.client.removeListener('end', this.#onEnd);
    if (this.#failure === undefined) {
      this.client.release();
    } else {
      // Cut first: the driver's goodbye waits for a server that may never answer.
      this.client.connection?.stream?.destroy();
      this.client.release(true);
    }
    // Only now, because the pool listens again from its release on.
    this.client.removeListener('error', this.#onError);
  }

  /** Marks the connection as unusable, e.g. when what state it is in is not known. */
  fail(error: Error): void {
    this.#failure ??= error;
  }

  readonly #onError = (cause: Error): void => this.fail(new DatabaseUnavailableError('transaction', { cause }));
  readonly #onEnd = (): void => this.fail(new DatabaseUnavailableError('transaction'));

  #translated(error: unknown, statement: SqlStatement): unknown {
    const kind = classifyPostgresError(error);
    const activity = statementSummary(statement.text);
    if (this.#isTimeout(kind, error)) {
      const timeout = new DatabaseTimeoutError(activity, this.#statementTimeoutMs, { cause: error });
      this.fail(timeout);
      return timeout;
    }
    if (kind === 'unavailable' || this.#failure !== undefined) {
      const unavailable = new DatabaseUnavailableError(activity, { cause: error });
      this.fail(unavailable);
      return unavailable;
    }
    this.#firstError ??= error;
    return error;
  }

  #isTimeout(kind: PostgresErrorClass, error: unknown): boolean {
    // A statement that the server cancelled has an answer; the connection is sound.
    if (kind === 'timeout') {
      return sqlState(error) === undefined;
    }
    // Behind a statement that timed out, a pipelined one ends with its connection.
    return kind === 'unavailable' && this.#failure instanceof DatabaseTimeoutError;
  }
}

/** A pool without a connect timeout of its own waits for ever; a client that comes too late goes back to it. */
function connectWithin(pool: PgPoolLike, timeoutMs: number): Promise<PgPoolClientLike> {
  // One promise instead of a race of three: each transaction pays for it.
  return new Promise((resolve, reject) => {
    const connecting = pool.connect();
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      reject(new DatabaseTimeoutError('connect', timeoutMs));
    }, timeoutMs);
    connecting.then(
      (client) => {
        clearTimeout(timer);
        if (isLate) client.release();
        else resolve(client);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(connectFailure(error, timeoutMs));
      },
    );
  });
}

function connectFailure(error: unknown, timeoutMs: number): unknown {
  if (error instanceof DatabaseTimeoutError) {
    return error;
  }
  const kind = classifyPostgresError(error);
  if (kind === 'timeout') {
    return new DatabaseTimeoutError('connect', timeoutMs, { cause: error });
  }
  return kind === 'unavailable' ? new DatabaseUnavailableError('connect', { cause: error }) : error;
}
