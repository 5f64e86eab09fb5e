import type { SqlExecutor } from '../../statement.ts';
import type { DialectName } from '../../transaction-adapter.ts';
import type { TransactionRunner } from '../../transaction-runner.ts';
import type { FaultProxy } from '../fault-proxy.ts';

/** Left out, as long as a slow machine needs. */
export interface RunnerTimeouts {
  readonly statementTimeoutMs?: number;
  readonly connectTimeoutMs?: number;
}

export interface TransactionRunnerFixture<Tx> {
  readonly runner: TransactionRunner<Tx>;
  /** A connection to the same, empty database, which the runner knows nothing of. On SQLite its busy timeout is short. */
  readonly outside: SqlExecutor;
  /** What the runner's connections go through. PostgreSQL only, and there it must be. */
  readonly proxy?: FaultProxy;
  close(): Promise<void>;
}

/** A runner under test. */
export interface TransactionRunnerSubject<Tx> {
  readonly dialect: DialectName;
  /** How many transactions it runs at a time at most: the size of its pool. */
  readonly connections: number;
  /** A fresh runner. On SQLite its connection must not wait for a lock for more than some 100 ms. */
  open(timeouts: RunnerTimeouts): Promise<TransactionRunnerFixture<Tx>>;
}
