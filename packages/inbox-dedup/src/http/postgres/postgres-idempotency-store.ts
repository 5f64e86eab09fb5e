import { booleanOption } from '@holdfast/core';
import { hasCommitHooks, numberColumn, type SqlExecutor, sqlState, TableNames } from '@holdfast/sql';
import { KeyContendedError } from '../errors/key-contended-error.ts';
import { KeyLostError } from '../errors/key-lost-error.ts';
import { claimResultOf } from '../store/answer-row.ts';
import type { ClaimResult, IdempotencyStore, KeyClaim, KeyHolder, StoredAnswer } from '../store/idempotency-store.ts';
import { MAX_CLAIM_LOOKS } from '../store/max-claim-looks.ts';
import { KEY_LOST, KeyStatements } from './key-statements.ts';

const invalidText = '22P02';

export interface PostgresIdempotencyStoreOptions {
  /** @default the prefix `holdfast` without a schema */
  readonly names?: TableNames;
  /** Whether statements are prepared once per connection. Not with a proxy that knows no prepared statements. @default true */
  readonly preparedStatements?: boolean;
}

/**
 * Idempotency keys in a PostgreSQL table. A claim or a replay is one statement; keeping the answer is one more in the transaction of the
 * work, in COMMIT's round trip with {@link PgTransactionRunner} and a pipelined pool. Claims do not wait for the disk.
 *
 * In `repeatable read` or `serializable` transactions a work that lasts longer than a third of its lease conflicts with its own renewals:
 * choose `leaseMs` for the longest work there.
 */
export class PostgresIdempotencyStore implements IdempotencyStore {
  readonly dialect = 'postgresql';
  readonly #statements: KeyStatements;

  constructor({ names = new TableNames(), preparedStatements }: PostgresIdempotencyStoreOptions = {}) {
    this.#statements = new KeyStatements(names, {
      prepared: booleanOption('preparedStatements', preparedStatements, true),
    });
  }

  async claim(executor: SqlExecutor, claim: KeyClaim): Promise<ClaimResult> {
    for (let look = 0; look < MAX_CLAIM_LOOKS; look += 1) {
      const { rows } = await executor.execute(this.#statements.claim(claim));
      const row = rows[0];
      if (row !== undefined) return numberColumn(row, 'claimed') === 1 ? { state: 'claimed' } : claimResultOf(row);
      // Somebody else's row was committed after the statement had looked.
    }
    throw new KeyContendedError(claim.key);
  }

  async renew(executor: SqlExecutor, holder: KeyHolder & { readonly leaseMs: number }): Promise<boolean> {
    const { rowCount } = await executor.execute(this.#statements.renew(holder, holder.leaseMs));
    return rowCount > 0;
  }

  async complete(executor: SqlExecutor, holder: KeyHolder, answer: StoredAnswer): Promise<void> {
    const statement = this.#statements.complete(holder, answer);
    if (hasCommitHooks(executor)) {
      executor.beforeCommit(
        () => [statement],
        (error) => lostOr(error, holder),
      );
      return;
    }
    try {
      await executor.execute(statement);
    } catch (error) {
      throw lostOr(error, holder);
    }
  }

  async release(executor: SqlExecutor, holder: KeyHolder): Promise<boolean> {
    const { rowCount } = await executor.execute(this.#statements.release(holder));
    return rowCount > 0;
  }

  async purge(executor: SqlExecutor, limit: number): Promise<number> {
    const { rowCount } = await executor.execute(this.#statements.purge(limit));
    return rowCount;
  }
}

function lostOr(error: unknown, { key }: KeyHolder): unknown {
  const isLost = sqlState(error) === invalidText && error instanceof Error && error.message.includes(KEY_LOST);
  return isLost ? new KeyLostError(key, { cause: error }) : error;
}
