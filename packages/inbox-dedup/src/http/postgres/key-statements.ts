import { createHash } from 'node:crypto';
import type { SqlStatement, TableNames } from '@holdfast/sql';
import { encodedHeaders } from '../store/answer-row.ts';
import type { KeyClaim, KeyHolder, StoredAnswer } from '../store/idempotency-store.ts';

/** What is no integer, so that a statement fails with this text in its message, whatever the server's language. */
export const KEY_LOST = 'holdfast: the idempotency key is lost';

/**
 * Makes COMMIT of this one transaction not wait for the disk. It is local to the transaction, which is the statement when it runs by
 * itself, and is evaluated only when there is a row to write.
 */
const withoutWaiting = `set_config('synchronous_commit', 'off', true) = 'off'`;

const plusMs = (parameter: string) => `clock_timestamp() + ${parameter}::float8 * interval '1 millisecond'`;

/** While a work runs its lease counts, afterwards the retention of its answer. */
const endOf = (row: string) => `case when ${row}.status is null then ${row}.lease_until else ${row}.expires_at end`;

interface Texts {
  readonly claim: string;
  readonly renew: string;
  readonly complete: string;
  readonly release: string;
  readonly purge: string;
}

/** The statements of one table. Those of every request are prepared, under names that no other table's have. */
export class KeyStatements {
  readonly #texts: Texts;
  readonly #names: Readonly<Record<keyof Texts, string>> | null;

  constructor(names: TableNames, options: { readonly prepared: boolean }) {
    const table = names.table('idempotency');
    this.#texts = textsOf(table);
    this.#names = options.prepared ? statementNames(table) : null;
  }

  claim({ scope, key, token, fingerprint, leaseMs, retentionMs }: KeyClaim): SqlStatement {
    return this.#statement('claim', [scope, key, token, fingerprint, leaseMs, retentionMs]);
  }

  renew({ scope, key, token }: KeyHolder, leaseMs: number): SqlStatement {
    return this.#statement('renew', [scope, key, token, leaseMs]);
  }

  complete({ scope, key, token }: KeyHolder, { status, headers, body }: StoredAnswer): SqlStatement {
    return this.#statement('complete', [scope, key, token, status, encodedHeaders(headers), body]);
  }

  release({ scope, key, token }: KeyHolder): SqlStatement {
    return this.#statement('release', [scope, key, token]);
  }

  purge(limit: number): SqlStatement {
    return { text: this.#texts.purge, values: [limit] };
  }

  #statement(kind: keyof Texts, values: readonly unknown[]): SqlStatement {
    const text = this.#texts[kind];
    return this.#names === null ? { text, values } : { text, values, name: this.#names[kind] };
  }
}

/** Statements of two tables that share a connection must not share a name. */
function statementNames(table: string): Readonly<Record<keyof Texts, string>> {
  const start = `holdfast_key_${createHash('sha256').update(table).digest('hex').slice(0, 12)}_`;
  return {
    claim: `${start}claim`,
    renew: `${start}renew`,
    complete: `${start}complete`,
    release: `${start}release`,
    purge: `${start}purge`,
  };
}

function textsOf(table: string): Texts {
  const held = 'scope = $1 and key = $2 and token = $3 and status is null';
  return {
    claim: claimText(table),
    renew: `update ${table} set lease_until = ${plusMs('$4')} where ${held} and ${withoutWaiting}`,
    // It must fail when the key is lost: with COMMIT behind it on the wire, nobody can look at its result first.
    complete: `with kept as (
  update ${table} set status = $4, headers = $5, body = $6 where ${held} returning 1
)
select case when count(*) = 1 then 1 else ('${KEY_LOST} ' || count(*))::integer end as kept from kept`,
    release: `delete from ${table} where ${held} and ${withoutWaiting}`,
    purge: `delete from ${table} where ctid = any (array(
  select ctid from ${table} where expires_at <= now() and lease_until <= now()
  order by expires_at limit $1 for update skip locked
))`,
  };
}

/** A look, and a write only if the look found nothing: a replay writes nothing, and so costs no commit. */
function claimText(table: string): string {
  return `with found as (
  select fingerprint, status, headers, body,
    extract(epoch from least(clock_timestamp() - claimed_at, lease_until - clock_timestamp())) * 1000 as retry_after_ms
  from ${table} as known
  where scope = $1 and key = $2 and ${endOf('known')} > clock_timestamp() and (status is not null or token <> $3)
), claimed as (
  insert into ${table} as known (scope, key, token, fingerprint, claimed_at, lease_until, expires_at)
  select $1::bytea, $2::text, $3::text, $4::bytea, clock_timestamp(), ${plusMs('$5')}, ${plusMs('$6')}
  where not exists (select from found) and ${withoutWaiting}
  on conflict (scope, key) do update set
    token = excluded.token, fingerprint = excluded.fingerprint, claimed_at = excluded.claimed_at,
    lease_until = excluded.lease_until, expires_at = excluded.expires_at, status = null, headers = null, body = null
  where ${endOf('known')} <= clock_timestamp() or (known.status is null and known.token = excluded.token)
  returning 1
)
select 1 as claimed, null::bytea as fingerprint, null::smallint as status, null::text as headers, null::bytea as body,
  null::float8 as retry_after_ms
from claimed
union all
select 0, fingerprint, status, headers, body, retry_after_ms::float8 from found`;
}
