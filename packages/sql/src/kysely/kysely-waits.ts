import { type Clock, integerOption, SystemClock } from '@holdfast/core';
import { answerWithin } from '../answer-within.ts';
import { classifyPostgresError } from '../errors/classify-postgres-error.ts';
import { DatabaseBusyError } from '../errors/database-busy-error.ts';
import { DatabaseUnavailableError } from '../errors/database-unavailable-error.ts';
import { isSqliteBusy } from '../errors/is-sqlite-busy.ts';
import type { DialectName } from '../transaction-adapter.ts';

export interface KyselyWaitsOptions {
  /** How long one statement may take, COMMIT and ROLLBACK too. @default 30_000 */
  readonly statementTimeoutMs?: number;
  /** How long to wait for a connection, BEGIN included. @default 10_000 */
  readonly connectTimeoutMs?: number;
  readonly clock?: Clock;
}

/** Bounds what a runner waits for, and gives the errors of its driver the classes that they have without Kysely. */
export class KyselyWaits {
  readonly #dialect: DialectName;
  readonly #statementTimeoutMs: number;
  readonly #connectTimeoutMs: number;
  readonly #clock: Clock;

  constructor(dialect: DialectName, options: KyselyWaitsOptions) {
    this.#dialect = dialect;
    this.#statementTimeoutMs = integerOption('statementTimeoutMs', options.statementTimeoutMs, {
      min: 1,
      default: 30_000,
    });
    this.#connectTimeoutMs = integerOption('connectTimeoutMs', options.connectTimeoutMs, { min: 1, default: 10_000 });
    this.#clock = options.clock ?? new SystemClock();
  }

  connection<Result>(answer: Promise<Result>): Promise<Result> {
    return this.#answer(answer, 'connect', this.#connectTimeoutMs);
  }

  statement<Result>(answer: Promise<Result>, activity: string): Promise<Result> {
    return this.#answer(answer, activity, this.#statementTimeoutMs);
  }

  async #answer<Result>(answer: Promise<Result>, activity: string, timeoutMs: number): Promise<Result> {
    try {
      return await answerWithin(answer, { activity, timeoutMs, clock: this.#clock });
    } catch (error) {
      throw this.#translated(error, activity);
    }
  }

  #translated(error: unknown, activity: string): unknown {
    if (this.#dialect === 'sqlite') {
      return isSqliteBusy(error) ? new DatabaseBusyError(activity, { cause: error }) : error;
    }
    return classifyPostgresError(error) === 'unavailable'
      ? new DatabaseUnavailableError(activity, { cause: error })
      : error;
  }
}
