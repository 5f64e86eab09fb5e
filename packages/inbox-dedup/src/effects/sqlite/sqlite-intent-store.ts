import { numberColumn, SQLITE_NOW, type SqlExecutor, textColumn } from '@holdfast/sql';
import { EffectBusyError } from '../errors/effect-busy-error.ts';
import { claimedEffectOf, foundEffectOf, heldEffectOf } from '../rows/effect-row.ts';
import { CONTENDED_RETRY_MS, MAX_CLAIM_LOOKS } from '../store/claim-looks.ts';
import type {
  EffectBegin,
  EffectClaim,
  EffectClaimRequest,
  EffectDueRequest,
  EffectHold,
  EffectIntentStore,
  EffectKept,
  EffectRelease,
  HeldEffect,
} from '../store/effect-intent-store.ts';
import { claimStatement, findDueStatement, findStatement, takeDueStatement } from './claim-statements.ts';

const held = 'journal = ?1 and key = ?2 and token = ?3';

/** Claims and outcomes on SQLite. A claim looks first: repetitions take no write lock. */
export class SqliteIntentStore implements EffectIntentStore {
  readonly #table: string;

  constructor(table: string) {
    this.#table = table;
  }

  async claim(executor: SqlExecutor, request: EffectClaimRequest): Promise<EffectClaim> {
    const { journal, key, idempotencyKey, about, leaseMs, settleMs } = request;
    const values = [journal, key, idempotencyKey, about, BigInt(leaseMs), BigInt(settleMs)];
    for (let look = 0; look < MAX_CLAIM_LOOKS; look += 1) {
      const found = await executor.execute({ text: findStatement(this.#table), values: [journal, key] });
      const row = found.rows[0];
      if (row !== undefined && numberColumn(row, 'claimable') === 0) return foundEffectOf(row);
      const claimed = await executor.execute({ text: claimStatement(this.#table), values });
      if (claimed.rows[0] !== undefined) return claimedEffectOf(claimed.rows[0], row?.state);
      // Somebody else claimed it between the two.
    }
    throw new EffectBusyError(key, CONTENDED_RETRY_MS);
  }

  async claimDue(executor: SqlExecutor, { journal, leaseMs }: EffectDueRequest): Promise<HeldEffect | null> {
    for (;;) {
      const found = await executor.execute({ text: findDueStatement(this.#table), values: [journal] });
      const due = found.rows[0];
      if (due === undefined) return null;
      const values = [journal, textColumn(due, 'key'), BigInt(leaseMs)];
      const { rows } = await executor.execute({ text: takeDueStatement(this.#table), values });
      if (rows[0] !== undefined) return heldEffectOf(rows[0], due.state);
      // Somebody else took it between the two, so it is not due any more.
    }
  }

  async begin(executor: SqlExecutor, hold: EffectHold, { leaseMs, settleMs, fresh }: EffectBegin): Promise<boolean> {
    const { rowCount } = await executor.execute({
      text: `update ${this.#table} set
  attempts = attempts + (state = 'unknown'),
  state = 'calling',
  held = 1,
  called_at = ${SQLITE_NOW},
  verifications = iif(?6, 0, verifications),
  undecided = iif(?6, 0, undecided),
  unknown_since = iif(?6, null, unknown_since),
  settles_at = ${SQLITE_NOW} + ?4 + ?5,
  due_at = ${SQLITE_NOW} + ?4,
  changed_at = ${SQLITE_NOW}
where ${held} and state in ('calling', 'unknown')`,
      values: [...valuesOf(hold), BigInt(leaseMs), BigInt(settleMs), fresh ? 1n : 0n],
    });
    return rowCount > 0;
  }

  async keep(executor: SqlExecutor, hold: EffectHold, { result, verdict }: EffectKept): Promise<boolean> {
    const { rowCount } = await executor.execute({
      text: `update ${this.#table} set
  state = 'done',
  result = ?4,
  last_verdict = coalesce(?5, last_verdict),
  verifications = verifications + (?5 is not null),
  held = 0,
  changed_at = ${SQLITE_NOW}
where ${held} and state not in ('done', 'refused')`,
      values: [...valuesOf(hold), result, verdict],
    });
    return rowCount > 0;
  }

  async release(executor: SqlExecutor, hold: EffectHold, release: EffectRelease): Promise<boolean> {
    const { state, error = null, verdict = null, undecided = false } = release;
    const { dueInMs = 0, settleInMs = null, held: goesOn = false } = release;
    const { rowCount } = await executor.execute({
      text: `update ${this.#table} set
  state = ?4,
  last_error = coalesce(?5, last_error),
  last_verdict = coalesce(?6, last_verdict),
  verifications = verifications + (?6 is not null),
  undecided = undecided + ?7,
  unknown_since = iif(?4 in ('unknown', 'parked'), coalesce(unknown_since, ${SQLITE_NOW}), null),
  due_at = ${SQLITE_NOW} + ?8,
  settles_at = coalesce(${SQLITE_NOW} + ?9, settles_at),
  held = ?10,
  changed_at = ${SQLITE_NOW}
where ${held} and state in ('calling', 'unknown')`,
      values: [
        ...[...valuesOf(hold), state, error, verdict],
        ...[undecided ? 1n : 0n, wholeMs(dueInMs), settleInMs === null ? null : wholeMs(settleInMs), goesOn ? 1n : 0n],
      ],
    });
    return rowCount > 0;
  }
}

function valuesOf({ journal, key, token }: EffectHold): readonly unknown[] {
  return [journal, key, token];
}

/** Rounded up: nothing is due too early. */
function wholeMs(ms: number): bigint {
  return BigInt(Math.ceil(ms));
}
