import { bigintColumn, bytesColumn, numberColumn, type SqlRow, textColumn } from '@holdfast/sql';
import { CorruptEffectError } from '../errors/corrupt-effect-error.ts';
import type { EffectClaim, HeldEffect } from '../store/effect-intent-store.ts';
import { type EffectRecord, type EffectState, effectStates } from '../store/effect-record.ts';
import type { EffectStats } from '../store/effect-review-store.ts';

/** An effect from a row of either database. @throws CorruptEffectError, UnexpectedColumnError */
export function effectRecordOf(row: SqlRow): EffectRecord {
  const key = textColumn(row, 'key');
  return {
    journal: textColumn(row, 'journal'),
    key,
    idempotencyKey: textColumn(row, 'idempotency_key'),
    state: stateOf(key, row.state),
    about: optionalText(row, 'about'),
    attempts: numberColumn(row, 'attempts'),
    verifications: numberColumn(row, 'verifications'),
    undecided: numberColumn(row, 'undecided'),
    lastError: optionalText(row, 'last_error'),
    lastVerdict: optionalText(row, 'last_verdict'),
    createdAt: numberColumn(row, 'created_at'),
    calledAt: numberColumn(row, 'called_at'),
    unknownSince: row.unknown_since === null ? null : numberColumn(row, 'unknown_since'),
    settlesAt: numberColumn(row, 'settles_at'),
    dueAt: numberColumn(row, 'due_at'),
    held: numberColumn(row, 'held') === 1,
    changedAt: numberColumn(row, 'changed_at'),
  };
}

/** An effect that a statement has just claimed. */
export function heldEffectOf(row: SqlRow, stateBefore: unknown): HeldEffect {
  const record = effectRecordOf(row);
  const { journal, key } = record;
  return {
    hold: { journal, key, token: bigintColumn(row, 'token') },
    record,
    settlesInMs: Math.max(0, numberColumn(row, 'settles_in_ms')),
    unknownForMs: row.unknown_for_ms === null ? 0 : Math.max(0, numberColumn(row, 'unknown_for_ms')),
    abandoned: stateBefore === 'calling',
  };
}

export function claimedEffectOf(row: SqlRow, stateBefore: unknown): EffectClaim {
  const held = heldEffectOf(row, stateBefore);
  return { outcome: held.record.state === 'calling' ? 'call' : 'verify', ...held };
}

/** An effect that could not be claimed. */
export function foundEffectOf(row: SqlRow): EffectClaim {
  const record = effectRecordOf(row);
  const { state, held } = record;
  if (state === 'done' || state === 'refused' || state === 'parked') {
    return { outcome: 'settled', record, result: row.result === null ? null : bytesColumn(row, 'result') };
  }
  const retryAfterMs = Math.max(0, numberColumn(row, 'due_in_ms'));
  return { outcome: held ? 'busy' : 'waiting', record, retryAfterMs };
}

export function effectStatsOf(row: SqlRow): EffectStats {
  return {
    calling: numberColumn(row, 'calling'),
    unknown: numberColumn(row, 'unknown'),
    parked: numberColumn(row, 'parked'),
    oldestUnknownMs: row.oldest_unknown_ms === null ? 0 : numberColumn(row, 'oldest_unknown_ms'),
    oldestParkedMs: row.oldest_parked_ms === null ? 0 : numberColumn(row, 'oldest_parked_ms'),
  };
}

function optionalText(row: SqlRow, column: string): string | null {
  return row[column] === null ? null : textColumn(row, column);
}

function stateOf(key: string, state: unknown): EffectState {
  const known = effectStates.find((one) => one === state);
  if (known === undefined) throw new CorruptEffectError(key, 'is in a state that does not exist');
  return known;
}
