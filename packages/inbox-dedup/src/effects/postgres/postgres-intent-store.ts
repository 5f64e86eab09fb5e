import { createHash } from 'node:crypto';
import { numberColumn, type SqlExecutor, type SqlStatement } from '@holdfast/sql';
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
import { claimDueStatement, claimStatement } from './claim-statements.ts';
import { plusMs } from './effect-columns.ts';

const held = 'journal = $1 and key = $2 and token = $3';

/** Claims and outcomes on PostgreSQL, one statement for each call. The two of every effect are prepared. */
export class PostgresIntentStore implements EffectIntentStore {
  readonly #table: string;
  readonly #claim: Omit<SqlStatement, 'values'>;
  readonly #keep: Omit<SqlStatement, 'values'>;

  constructor(table: string, options: { readonly prepared: boolean }) {
    this.#table = table;
    // Statements of two tables that share a connection must not share a name.
    const suffix = createHash('sha256').update(table).digest('hex').slice(0, 12);
    const named = (kind: string) => (options.prepared ? { name: `holdfast_effect_${kind}_${suffix}` } : {});
    this.#claim = { text: claimStatement(table), ...named('claim') };
    this.#keep = { text: keepStatement(table), ...named('keep') };
  }

  async claim(executor: SqlExecutor, request: EffectClaimRequest): Promise<EffectClaim> {
    const { journal, key, idempotencyKey, about, leaseMs, settleMs } = request;
    const values = [journal, key, idempotencyKey, about, leaseMs, settleMs];
    for (let look = 0; look < MAX_CLAIM_LOOKS; look += 1) {
      const { rows } = await executor.execute({ ...this.#claim, values });
      const row = rows[0];
      if (row !== undefined) {
        return numberColumn(row, 'claimed') === 1 ? claimedEffectOf(row, row.state_before) : foundEffectOf(row);
      }
      // Somebody else's row was committed after the statement had looked: the next look sees it.
    }
    throw new EffectBusyError(key, CONTENDED_RETRY_MS);
  }

  async claimDue(executor: SqlExecutor, { journal, leaseMs }: EffectDueRequest): Promise<HeldEffect | null> {
    const { rows } = await executor.execute({ text: claimDueStatement(this.#table), values: [journal, leaseMs] });
    const row = rows[0];
    return row === undefined ? null : heldEffectOf(row, row.state_before);
  }

  async begin(executor: SqlExecutor, hold: EffectHold, { leaseMs, settleMs, fresh }: EffectBegin): Promise<boolean> {
    const { rowCount } = await executor.execute({
      text: `update ${this.#table} set
  attempts = attempts + (state = 'unknown')::int,
  state = 'calling',
  held = true,
  called_at = clock_timestamp(),
  verifications = case when $6::bool then 0 else verifications end,
  undecided = case when $6::bool then 0 else undecided end,
  unknown_since = case when $6::bool then null else unknown_since end,
  settles_at = ${plusMs('($4::float8 + $5::float8)')},
  due_at = ${plusMs('$4')},
  changed_at = clock_timestamp()
where ${held} and state in ('calling', 'unknown')`,
      values: [...valuesOf(hold), leaseMs, settleMs, fresh],
    });
    return rowCount > 0;
  }

  async keep(executor: SqlExecutor, hold: EffectHold, { result, verdict }: EffectKept): Promise<boolean> {
    const { rowCount } = await executor.execute({ ...this.#keep, values: [...valuesOf(hold), result, verdict] });
    return rowCount > 0;
  }

  async release(executor: SqlExecutor, hold: EffectHold, release: EffectRelease): Promise<boolean> {
    const { state, error = null, verdict = null, undecided = false } = release;
    const { dueInMs = 0, settleInMs = null, held: goesOn = false } = release;
    const { rowCount } = await executor.execute({
      text: `update ${this.#table} set
  state = $4,
  last_error = coalesce($5, last_error),
  last_verdict = coalesce($6, last_verdict),
  verifications = verifications + ($6::text is not null)::int,
  undecided = undecided + $7::bool::int,
  unknown_since = case when $4 in ('unknown', 'parked') then coalesce(unknown_since, clock_timestamp()) end,
  due_at = ${plusMs('$8')},
  settles_at = case when $9::float8 is null then settles_at else ${plusMs('$9')} end,
  held = $10,
  changed_at = clock_timestamp()
where ${held} and state in ('calling', 'unknown')`,
      values: [...valuesOf(hold), state, error, verdict, undecided, dueInMs, settleInMs, goesOn],
    });
    return rowCount > 0;
  }
}

function valuesOf({ journal, key, token }: EffectHold): readonly unknown[] {
  return [journal, key, token];
}

/** `$4` is the result, `$5` the verdict. */
function keepStatement(table: string): string {
  return `update ${table} set
  state = 'done',
  result = $4,
  last_verdict = coalesce($5, last_verdict),
  verifications = verifications + ($5::text is not null)::int,
  held = false,
  changed_at = clock_timestamp()
where ${held} and state not in ('done', 'refused')`;
}
