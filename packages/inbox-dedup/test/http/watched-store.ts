import type {
  ClaimResult,
  IdempotencyStore,
  KeyClaim,
  KeyHolder,
  SqliteIdempotencyStore,
  StoredAnswer,
} from '@holdfast/inbox-dedup/http';
import type { SqlExecutor } from '@holdfast/sql';

/** A store whose calls are counted, and can be held up or replaced. */
export class WatchedStore implements IdempotencyStore {
  readonly dialect = 'sqlite';
  readonly #inner: SqliteIdempotencyStore;
  renewals = 0;
  /** Awaited after a key was claimed. */
  afterClaim: () => Promise<void> = async () => {};
  renewal: (() => Promise<boolean>) | undefined;
  releasing: (() => Promise<boolean>) | undefined;

  constructor(inner: SqliteIdempotencyStore) {
    this.#inner = inner;
  }

  async claim(executor: SqlExecutor, claim: KeyClaim): Promise<ClaimResult> {
    const result = await this.#inner.claim(executor, claim);
    if (result.state === 'claimed') await this.afterClaim();
    return result;
  }

  renew(executor: SqlExecutor, holder: KeyHolder & { readonly leaseMs: number }): Promise<boolean> {
    this.renewals += 1;
    return this.renewal?.() ?? this.#inner.renew(executor, holder);
  }

  complete(executor: SqlExecutor, holder: KeyHolder, answer: StoredAnswer): Promise<void> {
    return this.#inner.complete(executor, holder, answer);
  }

  release(executor: SqlExecutor, holder: KeyHolder): Promise<boolean> {
    return this.releasing?.() ?? this.#inner.release(executor, holder);
  }

  purge(executor: SqlExecutor, limit: number): Promise<number> {
    return this.#inner.purge(executor, limit);
  }
}
