import { formatMinorUnits } from '../../orders-input/minor-units.ts';
import type { SqliteHandle } from '../../sqlite/open-database.ts';
import { type Check, numberOf, Violations } from '../invariant.ts';

const KEPT = 'c.amount - (select coalesce(sum(r.amount), 0) from provider.refund r where r.charge_id = c.charge_id)';

/**
 * The provider's own ledger is what payment says, charge by charge and refund by refund, and what it keeps is the completed orders, to the
 * cent (F6.3, F6.4): nobody paid twice, or not at all, or for an order that was cancelled.
 */
export const providerAgrees: Check = (db) => {
  const charged = numberOf(db, 'select sum(amount) from provider.charge');
  const refunded = numberOf(db, 'select sum(amount) from provider.refund');
  const violations = new Violations();
  addCharges(violations, db);
  addRefunds(violations, db);
  return violations.invariant(
    "the provider's own ledger is the orders",
    `${formatMinorUnits(charged)} charged, ${formatMinorUnits(refunded)} given back; it ${misbehaviour(db)}`,
  );
};

function addCharges(violations: Violations, db: SqliteHandle): void {
  violations
    .query(
      db,
      'orders that the provider charged twice',
      'select reference from provider.charge group by reference having count(*) > 1',
    )
    .query(
      db,
      'completed orders that the provider did not charge',
      `select order_id from purchase_order o where status = 'completed' and not exists
         (select 1 from provider.charge c where c.reference = o.order_id)`,
    )
    .query(
      db,
      'charges that are not the total of an order',
      `select charge_id from provider.charge c where not exists
         (select 1 from purchase_order o where o.order_id = c.reference and o.total_amount = c.amount)`,
    )
    .query(
      db,
      'orders of which the provider keeps something else than it should',
      `select o.order_id from provider.charge c join purchase_order o on o.order_id = c.reference
       where (o.status = 'completed' and ${KEPT} <> o.total_amount) or (o.status = 'cancelled' and ${KEPT} <> 0)`,
    )
    .query(
      db,
      'payments that the provider does not know so',
      `select payment_id from payment.payment p where charge_id is not null and not exists
         (select 1 from provider.charge c
          where c.charge_id = p.charge_id and c.reference = p.order_id and c.amount = p.amount)`,
    )
    .query(
      db,
      'charges that payment does not know',
      `select charge_id from provider.charge c where not exists
         (select 1 from payment.payment p where p.charge_id = c.charge_id)`,
    );
}

function addRefunds(violations: Violations, db: SqliteHandle): void {
  violations
    .query(
      db,
      'charges that were given back twice, or in part',
      `select c.charge_id from provider.refund r join provider.charge c using (charge_id)
       group by c.charge_id having count(*) <> 1 or sum(r.amount) <> c.amount`,
    )
    .query(
      db,
      'refunds that the provider does not know so',
      `select payment_id from payment.payment p where provider_refund_id is not null and not exists
         (select 1 from provider.refund r where r.refund_id = p.provider_refund_id
          and r.charge_id = p.charge_id and r.amount = p.refunded_amount)`,
    )
    .query(
      db,
      'refunds that payment does not know',
      `select refund_id from provider.refund r where not exists
         (select 1 from payment.payment p where p.provider_refund_id = r.refund_id)`,
    );
}

const DEEDS: readonly (readonly [kind: string, deed: string])[] = [
  ['answer-lost', 'lost answers'],
  ['silence', 'never answered'],
  ['charged-500', 'did it and answered 500'],
  ['error-in-200', 'put an error into a 200'],
  ['throttled', 'answered 429'],
  ['lookup-500', 'failed to look something up'],
  ['lookup-lost', 'lost answers to lookups'],
];

function misbehaviour(db: SqliteHandle): string {
  const times = new Map(db.prepare<[], [string, number]>('select kind, times from provider.misbehaviour').raw().all());
  const deeds = DEEDS.filter(([kind]) => times.has(kind)).map(([kind, deed]) => `${deed} (${times.get(kind)})`);
  return deeds.length === 0 ? 'behaved' : deeds.join(', ');
}
