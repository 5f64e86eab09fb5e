import { SQLITE_NOW, type SqlExecutor, type SqlStatement, TableNames } from '@holdfast/sql';
import { KeyContendedError } from '../errors/key-contended-error.ts';
import { KeyLostError } from '../errors/key-lost-error.ts';
import { claimResultOf, encodedHeaders } from '../store/answer-row.ts';
import type { ClaimResult, IdempotencyStore, KeyClaim, KeyHolder, StoredAnswer } from '../store/idempotency-store.ts';
import { MAX_CLAIM_LOOKS } from '../store/max-claim-looks.ts';

export interface SqliteIdempotencyStoreOptions {
  /** @default the prefix `holdfast` without a schema */
  readonly names?: TableNames;
}

/** While a work runs its lease counts, afterwards the retention of its answer. */
const end = 'case when known.status is null then known.lease_until else known.expires_at end';
const held = 'scope = ?1 and key = ?2 and token = ?3 and status is null';

/** Idempotency keys in a SQLite table. A replay is one statement that only reads; a claim is one more. */
export class SqliteIdempotencyStore implements IdempotencyStore {
  readonly dialect = 'sqlite';
  readonly #table: string;

  constructor({ names = new TableNames() }: SqliteIdempotencyStoreOptions = {}) {
    this.#table = names.table('idempotency');
  }

  async claim(executor: SqlExecutor, claim: KeyClaim): Promise<ClaimResult> {
    for (let look = 0; look < MAX_CLAIM_LOOKS; look += 1) {
      const found = await executor.execute(this.#findStatement(claim));
      if (found.rows[0] !== undefined) return claimResultOf(found.rows[0]);
      const claimed = await executor.execute(this.#claimStatement(claim));
      if (claimed.rows.length > 0) return { state: 'claimed' };
      // Somebody else claimed it between the two.
    }
    throw new KeyContendedError(claim.key);
  }

  async renew(
    executor: SqlExecutor,
    { leaseMs, ...holder }: KeyHolder & { readonly leaseMs: number },
  ): Promise<boolean> {
    const { rowCount } = await executor.execute({
      text: `update ${this.#table} set lease_until = ${SQLITE_NOW} + ?4 where ${held}`,
      values: [...valuesOf(holder), BigInt(leaseMs)],
    });
    return rowCount > 0;
  }

  async complete(executor: SqlExecutor, holder: KeyHolder, { status, headers, body }: StoredAnswer): Promise<void> {
    const { rowCount } = await executor.execute({
      text: `update ${this.#table} set status = ?4, headers = ?5, body = ?6 where ${held}`,
      values: [...valuesOf(holder), BigInt(status), encodedHeaders(headers), body],
    });
    if (rowCount === 0) throw new KeyLostError(holder.key);
  }

  async release(executor: SqlExecutor, holder: KeyHolder): Promise<boolean> {
    const { rowCount } = await executor.execute({
      text: `delete from ${this.#table} where ${held}`,
      values: valuesOf(holder),
    });
    return rowCount > 0;
  }

  async purge(executor: SqlExecutor, limit: number): Promise<number> {
    const { rowCount } = await executor.execute({
      text: `delete from ${this.#table} where rowid in (
  select rowid from ${this.#table} where expires_at <= ${SQLITE_NOW} and lease_until <= ${SQLITE_NOW} order by expires_at limit ?1
)`,
      values: [BigInt(limit)],
    });
    return rowCount;
  }

  #findStatement(claim: KeyClaim): SqlStatement {
    return {
      text: `select fingerprint, status, headers, body, min(${SQLITE_NOW} - claimed_at, lease_until - ${SQLITE_NOW}) as retry_after_ms
from ${this.#table} as known
where scope = ?1 and key = ?2 and ${end} > ${SQLITE_NOW} and (status is not null or token <> ?3)`,
      values: valuesOf(claim),
    };
  }

  #claimStatement(claim: KeyClaim): SqlStatement {
    const { fingerprint, leaseMs, retentionMs } = claim;
    return {
      text: `insert into ${this.#table} as known (scope, key, token, fingerprint, claimed_at, lease_until, expires_at)
values (?1, ?2, ?3, ?4, ${SQLITE_NOW}, ${SQLITE_NOW} + ?5, ${SQLITE_NOW} + ?6)
on conflict (scope, key) do update set
  token = excluded.token, fingerprint = excluded.fingerprint, claimed_at = excluded.claimed_at,
  lease_until = excluded.lease_until, expires_at = excluded.expires_at, status = null, headers = null, body = null
where ${end} <= ${SQLITE_NOW} or (known.status is null and known.token = excluded.token)
returning 1 as claimed`,
      values: [...valuesOf(claim), fingerprint, BigInt(leaseMs), BigInt(retentionMs)],
    };
  }
}

function valuesOf({ scope, key, token }: KeyHolder): readonly unknown[] {
  return [scope, key, token];
}
