const epochMs = (column: string) => `floor(extract(epoch from ${column}) * 1000)::bigint as ${column}`;

const msUntil = (column: string) => `extract(epoch from ${column} - clock_timestamp())::float8 * 1000`;

/** An effect as a row that both databases agree on, but for its result. */
export const effectColumns = `journal, key, idempotency_key, state, about, attempts, verifications, undecided, last_error, last_verdict,
  ${epochMs('created_at')}, ${epochMs('called_at')}, ${epochMs('unknown_since')}, ${epochMs('settles_at')}, ${epochMs('due_at')},
  held::int as held, ${epochMs('changed_at')}`;

/** What a claim must know besides. */
export const claimColumns = `${effectColumns}, token, result, ${msUntil('settles_at')} as settles_in_ms,
  ${msUntil('due_at')} as due_in_ms, -(${msUntil('unknown_since')}) as unknown_for_ms`;

export const plusMs = (parameter: string) => `clock_timestamp() + ${parameter}::float8 * interval '1 millisecond'`;
