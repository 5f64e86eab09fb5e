import type { KyselyQueryRunner } from './kysely-executor.ts';
import type { KyselyTransactionLike } from './kysely-transactions.ts';

/** The part of Kysely's `ControlledTransaction<Database>` that we use. */
export interface KyselyControlledTransactionLike extends KyselyTransactionLike {
  readonly isCommitted: boolean;
  readonly isRolledBack: boolean;
  commit(): KyselyCommandLike;
  rollback(): KyselyCommandLike;
}

export interface KyselyCommandLike {
  execute(): Promise<void>;
}

export interface KyselyConnectionLike {
  withoutPlugins(): KyselyQueryRunner;
}

/** The part of a `Kysely<Database>` that we use. `Tx` is its `ControlledTransaction<Database>`. */
export interface KyselyLike<Tx> {
  startTransaction(): { execute(): Promise<Tx> };
  connection(): { execute<Result>(work: (connection: KyselyConnectionLike) => Promise<Result>): Promise<Result> };
}
