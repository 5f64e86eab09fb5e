import assert from 'node:assert/strict';
import type { SqlExecutor, SqlStatement } from '../../statement.ts';
import type { DialectName } from '../../transaction-adapter.ts';
import type { TransactionRunner } from '../../transaction-runner.ts';
import type { FaultProxy } from '../fault-proxy.ts';
import type { TransactionRunnerFixture, TransactionRunnerSubject } from './transaction-runner-fixture.ts';

/** What a rule is proved with: the runner, and two tables to see what it did. */
export class RunnerProbe<Tx> {
  readonly runner: TransactionRunner<Tx>;
  readonly outside: SqlExecutor;
  readonly connections: number;
  readonly #dialect: DialectName;
  readonly #proxy: FaultProxy | undefined;

  private constructor(subject: TransactionRunnerSubject<Tx>, fixture: TransactionRunnerFixture<Tx>) {
    this.runner = fixture.runner;
    this.outside = fixture.outside;
    this.connections = subject.connections;
    this.#dialect = subject.dialect;
    this.#proxy = fixture.proxy;
  }

  static async open<Tx>(
    subject: TransactionRunnerSubject<Tx>,
    fixture: TransactionRunnerFixture<Tx>,
  ): Promise<RunnerProbe<Tx>> {
    const probe = new RunnerProbe(subject, fixture);
    await probe.outside.execute(sql('create table probe (id text primary key, n integer not null default 0)'));
    await probe.outside.execute(
      sql('create table child (parent text references probe (id) deferrable initially deferred)'),
    );
    return probe;
  }

  get proxy(): FaultProxy {
    assert.ok(this.#proxy !== undefined, 'the fixture of a PostgreSQL runner must have a proxy');
    return this.#proxy;
  }

  insert(id: string): SqlStatement {
    return { text: `insert into probe (id) values (${this.#parameter(1)})`, values: [id] };
  }

  /** Breaks a rule that is checked at COMMIT. */
  insertOrphan(): SqlStatement {
    return { text: `insert into child (parent) values (${this.#parameter(1)})`, values: ['nobody'] };
  }

  /** Fails when `id` is there, and nothing of its transaction can be committed any more. */
  insertOrAbort(id: string): SqlStatement {
    const insert = this.#dialect === 'sqlite' ? 'insert or rollback' : 'insert';
    return { text: `${insert} into probe (id) values (${this.#parameter(1)})`, values: [id] };
  }

  /** Runs one statement in a transaction that is open. */
  async execute(tx: Tx, statement: SqlStatement): Promise<void> {
    await this.runner.executor(tx).execute(statement);
  }

  async ids(): Promise<readonly unknown[]> {
    const { rows } = await this.outside.execute(sql('select id from probe order by id'));
    return rows.map((row) => row['id']);
  }

  #parameter(position: number): string {
    return this.#dialect === 'sqlite' ? `?${position}` : `$${position}`;
  }
}

export interface RunnerRule {
  readonly name: string;
  /** Kept as short as the rule waits for it to run out. */
  readonly timeouts?: { readonly statementTimeoutMs?: number; readonly connectTimeoutMs?: number };
  prove<Tx>(probe: RunnerProbe<Tx>): Promise<void>;
}

/** A statement without parameters. */
export function sql(text: string): SqlStatement {
  return { text, values: [] };
}

/** What `promise` rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof Error);
    return error;
  }
  return assert.fail('it must reject');
}

/** Asks until it is so. Reaching the deadline fails. */
export async function eventually(look: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (Date.now() > deadline) {
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
