import { formatMinorUnits } from '../../orders-input/minor-units.ts';
import type { SqliteHandle } from '../../sqlite/open-database.ts';
import { type Check, numberOf, Violations } from '../invariant.ts';

/** The provider's own ledger is the orders, one charge each and to the cent (F6.3, F6.4): nobody paid twice, or not at all. */
export const providerAgrees: Check = (db) => {
  const charged = numberOf(db, 'select sum(amount) from provider.charge');
  const ordered = numberOf(db, 'select sum(total_amount) from purchase_order');
  return new Violations()
    .query(
      db,
      'orders that the provider charged twice',
      'select reference from provider.charge group by reference having count(*) > 1',
    )
    .query(
      db,
      'orders that the provider did not charge',
      `select order_id from purchase_order o where not exists
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
      'payments that the provider does not know so',
      `select payment_id from payment.payment p where not exists (select 1 from provider.charge c
         where c.charge_id = p.charge_id and c.reference = p.order_id and c.amount = p.amount)`,
    )
    .query(
      db,
      'charges that payment does not know',
      `select charge_id from provider.charge c where not exists
         (select 1 from payment.payment p where p.charge_id = c.charge_id)`,
    )
    .add(charged === ordered ? 0 : 1, 'sum that differs')
    .invariant(
      "the provider's own ledger is the orders",
      `${formatMinorUnits(charged)} charged, ${formatMinorUnits(ordered)} ordered; it ${misbehaviour(db)}`,
    );
};

const DEEDS: readonly (readonly [kind: string, deed: string])[] = [
  ['answer-lost', 'lost answers'],
  ['silence', 'never answered'],
  ['charged-500', 'charged and answered 500'],
  ['error-in-200', 'put an error into a 200'],
  ['throttled', 'answered 429'],
  ['lookup-500', 'failed to look a charge up'],
  ['lookup-lost', 'lost answers to lookups'],
];

function misbehaviour(db: SqliteHandle): string {
  const times = new Map(db.prepare<[], [string, number]>('select kind, times from provider.misbehaviour').raw().all());
  const deeds = DEEDS.filter(([kind]) => times.has(kind)).map(([kind, deed]) => `${deed} (${times.get(kind)})`);
  return deeds.length === 0 ? 'behaved' : deeds.join(', ');
}
