import { randomUUID } from 'node:crypto';
import { openDatabase, type SqliteHandle } from '../sqlite/open-database.ts';
import type { Charge } from './charge.ts';
import type { Refund, RefundRefusal } from './refund.ts';

export const LEDGER_SCHEMA = `
  create table if not exists charge (
    charge_id text primary key,
    idempotency_key text not null unique,
    amount integer not null check (amount >= 0),
    reference text not null,
    charged_at text not null,
    customer text not null
  ) strict;
  create index if not exists charge_by_reference on charge (reference);

  create table if not exists refund (
    refund_id text primary key,
    idempotency_key text not null unique,
    charge_id text not null references charge,
    amount integer not null check (amount >= 0),
    refunded_at text not null
  ) strict;
  create index if not exists refund_by_charge on refund (charge_id);

  create table if not exists misbehaviour (
    kind text primary key,
    times integer not null
  ) strict, without rowid;
`;

export interface ChargeRequest {
  readonly idempotencyKey: string;
  readonly amount: number;
  readonly reference: string;
  readonly customer: string;
}

export interface RefundRequest {
  readonly idempotencyKey: string;
  readonly chargeId: string;
  readonly amount: number;
}

/** The provider's own books. Nobody else writes to this file; the audit reads it. */
export class ProviderLedger {
  readonly #db: SqliteHandle;
  readonly #insert;
  readonly #find;
  readonly #customerOf;
  readonly #refund;
  readonly #findRefund;
  readonly #count;

  /** @param db has the tables of {@link LEDGER_SCHEMA}. */
  constructor(db: SqliteHandle) {
    this.#db = db;
    this.#insert = db.prepare('insert into charge values (?, ?, ?, ?, ?, ?) on conflict (idempotency_key) do nothing');
    this.#find = db.prepare<[string], Charge>(
      'select charge_id as chargeId, amount, reference from charge where idempotency_key = ?',
    );
    this.#customerOf = db.prepare<[string], string>('select customer from charge where charge_id = ?').pluck();
    // One statement, so that requests at the same time cannot give back more than was charged.
    this.#refund = db.prepare(
      `insert into refund select @refundId, @idempotencyKey, @chargeId, @amount, @now
       where @amount <= (select amount from charge where charge_id = @chargeId)
         - (select coalesce(sum(amount), 0) from refund where charge_id = @chargeId)
       on conflict (idempotency_key) do nothing`,
    );
    this.#findRefund = db.prepare<[string], Refund>(
      'select refund_id as refundId, charge_id as chargeId, amount from refund where idempotency_key = ?',
    );
    this.#count = db.prepare('insert into misbehaviour values (?, 1) on conflict do update set times = times + 1');
  }

  static open(file: string): ProviderLedger {
    // Its process is killed, its machine is not.
    return new ProviderLedger(openDatabase(file, LEDGER_SCHEMA, 'process-end'));
  }

  /** Charges, once per idempotency key: later requests get the first charge. `null`: the key is that of another request. */
  charge({ idempotencyKey, amount, reference, customer }: ChargeRequest): Charge | null {
    this.#insert.run(randomUUID(), idempotencyKey, amount, reference, new Date().toISOString(), customer);
    const charge = this.find(idempotencyKey);
    return charge?.amount === amount && charge.reference === reference ? charge : null;
  }

  find(idempotencyKey: string): Charge | null {
    return this.#find.get(idempotencyKey) ?? null;
  }

  /** Whom it has charged. `null`: there is no such charge. */
  customerOf(chargeId: string): string | null {
    return this.#customerOf.get(chargeId) ?? null;
  }

  /** Gives back, once per idempotency key, and never more than was charged. */
  refund({ idempotencyKey, chargeId, amount }: RefundRequest): Refund | RefundRefusal {
    if (this.customerOf(chargeId) === null) return 'no_such_charge';
    const known = this.findRefund(idempotencyKey);
    if (known === null) {
      const now = new Date().toISOString();
      this.#refund.run({ refundId: randomUUID(), idempotencyKey, chargeId, amount, now });
    }
    const refund = known ?? this.findRefund(idempotencyKey);
    if (refund === null) return 'more_than_charged';
    return refund.amount === amount && refund.chargeId === chargeId ? refund : 'idempotency_key_reused';
  }

  findRefund(idempotencyKey: string): Refund | null {
    return this.#findRefund.get(idempotencyKey) ?? null;
  }

  /** Writes down that it misbehaved. */
  misbehaved(kind: string): void {
    this.#count.run(kind);
  }

  close(): void {
    this.#db.close();
  }
}
