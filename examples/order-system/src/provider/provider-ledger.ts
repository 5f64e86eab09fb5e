import { randomUUID } from 'node:crypto';
import { openDatabase, type SqliteHandle } from '../sqlite/open-database.ts';
import type { Charge } from './charge.ts';

export const LEDGER_SCHEMA = `
  create table if not exists charge (
    charge_id text primary key,
    idempotency_key text not null unique,
    amount integer not null check (amount >= 0),
    reference text not null,
    charged_at text not null
  ) strict;
  create index if not exists charge_by_reference on charge (reference);

  create table if not exists misbehaviour (
    kind text primary key,
    times integer not null
  ) strict, without rowid;
`;

export interface ChargeRequest {
  readonly idempotencyKey: string;
  readonly amount: number;
  readonly reference: string;
}

/** The provider's own books. Nobody else writes to this file; the audit reads it. */
export class ProviderLedger {
  readonly #db: SqliteHandle;
  readonly #insert;
  readonly #find;
  readonly #count;

  /** @param db has the tables of {@link LEDGER_SCHEMA}. */
  constructor(db: SqliteHandle) {
    this.#db = db;
    this.#insert = this.#db.prepare(
      'insert into charge values (?, ?, ?, ?, ?) on conflict (idempotency_key) do nothing',
    );
    this.#find = this.#db.prepare<[string], Charge>(
      'select charge_id as chargeId, amount, reference from charge where idempotency_key = ?',
    );
    this.#count = this.#db.prepare(
      'insert into misbehaviour values (?, 1) on conflict do update set times = times + 1',
    );
  }

  static open(file: string): ProviderLedger {
    // Its process is killed, its machine is not.
    return new ProviderLedger(openDatabase(file, LEDGER_SCHEMA, 'process-end'));
  }

  /** Charges, once per idempotency key: later requests get the first charge. `null`: the key is that of another request. */
  charge({ idempotencyKey, amount, reference }: ChargeRequest): Charge | null {
    this.#insert.run(randomUUID(), idempotencyKey, amount, reference, new Date().toISOString());
    const charge = this.find(idempotencyKey);
    return charge?.amount === amount && charge.reference === reference ? charge : null;
  }

  find(idempotencyKey: string): Charge | null {
    return this.#find.get(idempotencyKey) ?? null;
  }

  /** Writes down that it misbehaved. */
  misbehaved(kind: string): void {
    this.#count.run(kind);
  }

  close(): void {
    this.#db.close();
  }
}
